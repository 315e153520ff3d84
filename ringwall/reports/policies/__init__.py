"""How answers about policy documents are written down: a simulated request, an explained policy."""
