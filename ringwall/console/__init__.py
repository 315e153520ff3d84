"""The console: server-rendered pages over the same operations as the API's.

A page is a function from a `Visit` to a response, listed in its module's `PAGES`; `app.py` puts all of them together:

    def _list(visit: Visit) -> Response:
        rules = visit.call("ListArchiveRules", analyzerName=visit.analyzer.name)["archiveRules"]
        return visit.render("archive_rules.html", title="Archive rules", rules=rules)

    def _delete(visit: Visit) -> Response:
        visit.call("DeleteArchiveRule", analyzerName=visit.analyzer.name, ruleName=visit.form.get("name"))
        return visit.redirect("/archive-rules", notice="The rule is gone.")

    PAGES = (Page("/archive-rules", _list), Page("/archive-rules/delete", _delete, "POST"))

- Data comes from `visit.call`: authorization, validation and audit are the API's, and whatever `RingwallError` it raises
  becomes a page that says so. What no operation gives (counts, groups) is a query of `store/`, after
  `visit.authorize("ListFindings")` or the like.
- A GET changes nothing. Whatever changes something is a POST from a form with
  `<input type="hidden" name="csrf" value="{{ csrf }}">` (the gate refuses it otherwise), and ends in `visit.redirect`.
- `visit.may("DeleteArchiveRule")` says whether to draw a button. It protects nothing: the operation is refused all the
  same.
- `visit.link("/path", name=value)` makes addresses, which keep the analyzer that was chosen. `visit.analyzer` is None
  while there is none.
- `visit.kind` says whether the analyzer looks for external or for unused access. A page that is about one of them alone begins
  with `other_kind` of `kinds.py`; the lists of findings differ in `finding_lists.py`. Decision 0050 says why.
- Templates extend `base.html` and fill `main`. Everything is escaped; `|safe` and `Markup` are not used. There is no
  inline script or style: the policy of the page forbids both. A bar is SVG with attributes, see `drawings.html`.
- A table is `table.py` (columns, cells, rows) with `table.html`; `listing.py` reads filters, order and page from the
  query string; `downloads.py` answers `?format=csv|json` with the same columns.
- It works without script. `static/console.js` adds keys, `data-submit` on a select, `data-all` on a box, and htmx is
  there for `hx-get`.
- The navigation is `navigation.py`. `tests/console/test_routes.py` goes through every page in `PAGES`: there a new
  POST page says which operation refuses a reader.
"""
