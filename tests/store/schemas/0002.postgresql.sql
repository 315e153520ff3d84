CREATE TABLE access_preview (
    key bigint NOT NULL,
    id character varying NOT NULL COLLATE pg_catalog."C",
    analyzer_key bigint NOT NULL,
    configurations json NOT NULL,
    created_at bigint NOT NULL,
    status character varying NOT NULL COLLATE pg_catalog."C",
    status_reason character varying COLLATE pg_catalog."C",
    findings json
);
CREATE SEQUENCE access_preview_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE access_preview_key_seq OWNED BY access_preview.key;
CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE analyzer (
    key bigint NOT NULL,
    arn character varying NOT NULL COLLATE pg_catalog."C",
    name character varying NOT NULL COLLATE pg_catalog."C",
    account character varying NOT NULL COLLATE pg_catalog."C",
    region character varying NOT NULL COLLATE pg_catalog."C",
    type character varying NOT NULL COLLATE pg_catalog."C",
    status character varying NOT NULL COLLATE pg_catalog."C",
    status_reason character varying COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    tags json NOT NULL,
    scope json NOT NULL,
    configuration json,
    scan_interval integer NOT NULL,
    next_scan_at bigint,
    zone_digest character varying DEFAULT ''::character varying NOT NULL COLLATE pg_catalog."C",
    last_resource_analyzed character varying COLLATE pg_catalog."C",
    last_resource_analyzed_at bigint
);
CREATE SEQUENCE analyzer_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE analyzer_key_seq OWNED BY analyzer.key;
CREATE TABLE api_key (
    id character varying NOT NULL COLLATE pg_catalog."C",
    secret bytea NOT NULL,
    role character varying NOT NULL COLLATE pg_catalog."C",
    name character varying DEFAULT ''::character varying NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    disabled_at bigint
);
CREATE TABLE archive_rule (
    key bigint NOT NULL,
    analyzer_key bigint NOT NULL,
    name character varying NOT NULL COLLATE pg_catalog."C",
    filter json NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    reason character varying COLLATE pg_catalog."C",
    owner character varying COLLATE pg_catalog."C",
    expires_at bigint
);
CREATE SEQUENCE archive_rule_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE archive_rule_key_seq OWNED BY archive_rule.key;
CREATE TABLE audit (
    key bigint NOT NULL,
    at bigint NOT NULL,
    actor character varying NOT NULL COLLATE pg_catalog."C",
    operation character varying NOT NULL COLLATE pg_catalog."C",
    resource character varying DEFAULT ''::character varying NOT NULL COLLATE pg_catalog."C",
    parameters json NOT NULL,
    request_id character varying NOT NULL COLLATE pg_catalog."C",
    error character varying COLLATE pg_catalog."C"
);
CREATE SEQUENCE audit_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE audit_key_seq OWNED BY audit.key;
CREATE TABLE configuration (
    digest character varying NOT NULL COLLATE pg_catalog."C",
    content bytea NOT NULL
);
CREATE TABLE destination (
    key bigint NOT NULL,
    name character varying NOT NULL COLLATE pg_catalog."C",
    kind character varying NOT NULL COLLATE pg_catalog."C",
    settings json NOT NULL,
    secret bytea,
    filter json NOT NULL,
    created_at bigint NOT NULL,
    disabled_at bigint
);
CREATE SEQUENCE destination_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE destination_key_seq OWNED BY destination.key;
CREATE TABLE finding (
    key bigint NOT NULL,
    analyzer_key bigint NOT NULL,
    resource_key bigint NOT NULL,
    id character varying NOT NULL COLLATE pg_catalog."C",
    type character varying NOT NULL COLLATE pg_catalog."C",
    status character varying NOT NULL COLLATE pg_catalog."C",
    resource character varying NOT NULL COLLATE pg_catalog."C",
    resource_type character varying NOT NULL COLLATE pg_catalog."C",
    resource_owner_account character varying NOT NULL COLLATE pg_catalog."C",
    region character varying NOT NULL COLLATE pg_catalog."C",
    is_public boolean,
    error character varying COLLATE pg_catalog."C",
    restriction character varying COLLATE pg_catalog."C",
    principal_aws character varying COLLATE pg_catalog."C",
    principal_federated character varying COLLATE pg_catalog."C",
    principal_canonical_user character varying COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    archived_by character varying COLLATE pg_catalog."C",
    detail json NOT NULL,
    evidence bytea NOT NULL,
    exposure character varying COLLATE pg_catalog."C",
    cause character varying COLLATE pg_catalog."C"
);
CREATE TABLE finding_condition (
    finding_key bigint NOT NULL,
    name character varying NOT NULL COLLATE pg_catalog."C",
    digest character varying NOT NULL COLLATE pg_catalog."C",
    value character varying NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE finding_event (
    key bigint NOT NULL,
    analyzer_key bigint NOT NULL,
    finding_id character varying NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    previous_status character varying COLLATE pg_catalog."C",
    status character varying COLLATE pg_catalog."C",
    cause character varying NOT NULL COLLATE pg_catalog."C",
    actor character varying DEFAULT ''::character varying NOT NULL COLLATE pg_catalog."C",
    reason character varying COLLATE pg_catalog."C"
);
CREATE SEQUENCE finding_event_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE finding_event_key_seq OWNED BY finding_event.key;
CREATE SEQUENCE finding_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE finding_key_seq OWNED BY finding.key;
CREATE TABLE idempotency (
    account character varying NOT NULL COLLATE pg_catalog."C",
    region character varying NOT NULL COLLATE pg_catalog."C",
    operation character varying NOT NULL COLLATE pg_catalog."C",
    token character varying NOT NULL COLLATE pg_catalog."C",
    request_digest character varying NOT NULL COLLATE pg_catalog."C",
    response json NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE job (
    key bigint NOT NULL,
    kind character varying NOT NULL COLLATE pg_catalog."C",
    payload json NOT NULL,
    lock character varying COLLATE pg_catalog."C",
    queueing_lock character varying COLLATE pg_catalog."C",
    priority integer DEFAULT 0 NOT NULL,
    run_at bigint NOT NULL,
    status character varying NOT NULL COLLATE pg_catalog."C",
    attempts integer DEFAULT 0 NOT NULL,
    lease_until bigint,
    lease_owner character varying COLLATE pg_catalog."C",
    last_error character varying COLLATE pg_catalog."C"
);
CREATE SEQUENCE job_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE job_key_seq OWNED BY job.key;
CREATE TABLE organization (
    digest character varying NOT NULL COLLATE pg_catalog."C",
    content json NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE outbox (
    key bigint NOT NULL,
    event_id character varying NOT NULL COLLATE pg_catalog."C",
    destination_key bigint NOT NULL,
    subject character varying NOT NULL COLLATE pg_catalog."C",
    payload json NOT NULL,
    created_at bigint NOT NULL,
    status character varying NOT NULL COLLATE pg_catalog."C",
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at bigint NOT NULL,
    lease_until bigint,
    last_error character varying COLLATE pg_catalog."C",
    sent_at bigint
);
CREATE SEQUENCE outbox_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE outbox_key_seq OWNED BY outbox.key;
CREATE TABLE resource (
    key bigint NOT NULL,
    analyzer_key bigint NOT NULL,
    arn character varying NOT NULL COLLATE pg_catalog."C",
    type character varying NOT NULL COLLATE pg_catalog."C",
    owner_account character varying NOT NULL COLLATE pg_catalog."C",
    region character varying NOT NULL COLLATE pg_catalog."C",
    configuration_digest character varying NOT NULL COLLATE pg_catalog."C",
    analysis_digest character varying NOT NULL COLLATE pg_catalog."C",
    error character varying COLLATE pg_catalog."C",
    is_public boolean DEFAULT false NOT NULL,
    created_at bigint NOT NULL,
    analyzed_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE SEQUENCE resource_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE resource_key_seq OWNED BY resource.key;
CREATE TABLE scan (
    key bigint NOT NULL,
    id character varying NOT NULL COLLATE pg_catalog."C",
    analyzer_key bigint NOT NULL,
    account character varying NOT NULL COLLATE pg_catalog."C",
    region character varying NOT NULL COLLATE pg_catalog."C",
    trigger character varying NOT NULL COLLATE pg_catalog."C",
    started_at bigint NOT NULL,
    ended_at bigint,
    status character varying NOT NULL COLLATE pg_catalog."C",
    coverage json
);
CREATE SEQUENCE scan_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE scan_key_seq OWNED BY scan.key;
CREATE TABLE session (
    digest character varying NOT NULL COLLATE pg_catalog."C",
    user_key bigint,
    csrf_token character varying NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    notice json
);
CREATE TABLE user_account (
    key bigint NOT NULL,
    name character varying NOT NULL COLLATE pg_catalog."C",
    role character varying NOT NULL COLLATE pg_catalog."C",
    password_hash character varying COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    disabled_at bigint,
    subject character varying COLLATE pg_catalog."C"
);
CREATE SEQUENCE user_account_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE user_account_key_seq OWNED BY user_account.key;
CREATE TABLE worker (
    id character varying NOT NULL COLLATE pg_catalog."C",
    started_at bigint NOT NULL,
    seen_at bigint NOT NULL
);
ALTER TABLE ONLY access_preview ALTER COLUMN key SET DEFAULT nextval('access_preview_key_seq'::regclass);
ALTER TABLE ONLY analyzer ALTER COLUMN key SET DEFAULT nextval('analyzer_key_seq'::regclass);
ALTER TABLE ONLY archive_rule ALTER COLUMN key SET DEFAULT nextval('archive_rule_key_seq'::regclass);
ALTER TABLE ONLY audit ALTER COLUMN key SET DEFAULT nextval('audit_key_seq'::regclass);
ALTER TABLE ONLY destination ALTER COLUMN key SET DEFAULT nextval('destination_key_seq'::regclass);
ALTER TABLE ONLY finding ALTER COLUMN key SET DEFAULT nextval('finding_key_seq'::regclass);
ALTER TABLE ONLY finding_event ALTER COLUMN key SET DEFAULT nextval('finding_event_key_seq'::regclass);
ALTER TABLE ONLY job ALTER COLUMN key SET DEFAULT nextval('job_key_seq'::regclass);
ALTER TABLE ONLY outbox ALTER COLUMN key SET DEFAULT nextval('outbox_key_seq'::regclass);
ALTER TABLE ONLY resource ALTER COLUMN key SET DEFAULT nextval('resource_key_seq'::regclass);
ALTER TABLE ONLY scan ALTER COLUMN key SET DEFAULT nextval('scan_key_seq'::regclass);
ALTER TABLE ONLY user_account ALTER COLUMN key SET DEFAULT nextval('user_account_key_seq'::regclass);
INSERT INTO access_preview VALUES (1, 'id é', 1, '{"a": [1, "\u00e9\u0000"]}', 1772366400000000, 'status é', 'status_reason é', '{"a": [1, "\u00e9\u0000"]}');
INSERT INTO alembic_version VALUES ('0002');
INSERT INTO analyzer VALUES (1, 'arn é', 'name é', 'account é', 'region é', 'type é', 'status é', 'status_reason é', 1772366400000000, '{"a": [1, "\u00e9\u0000"]}', '{"a": [1, "\u00e9\u0000"]}', '{"a": [1, "\u00e9\u0000"]}', 7, 1772366400000000, 'zone_digest é', 'last_resource_analyzed é', 1772366400000000);
INSERT INTO api_key VALUES ('id é', '\x00ff', 'role é', 'name é', 1772366400000000, 1772366400000000);
INSERT INTO archive_rule VALUES (1, 1, 'name é', '{"a": [1, "\u00e9\u0000"]}', 1772366400000000, 1772366400000000, 'reason é', 'owner é', 1772366400000000);
INSERT INTO audit VALUES (1, 1772366400000000, 'actor é', 'operation é', 'resource é', '{"a": [1, "\u00e9\u0000"]}', 'request_id é', 'error é');
INSERT INTO configuration VALUES ('digest é', '\x00ff');
INSERT INTO destination VALUES (1, 'name é', 'kind é', '{"a": [1, "\u00e9\u0000"]}', '\x00ff', '{"a": [1, "\u00e9\u0000"]}', 1772366400000000, 1772366400000000);
INSERT INTO finding VALUES (1, 1, 1, 'id é', 'type é', 'status é', 'resource é', 'resource_type é', 'resource_owner_account é', 'region é', true, 'error é', 'restriction é', 'principal_aws é', 'principal_federated é', 'principal_canonical_user é', 1772366400000000, 1772366400000000, 'archived_by é', '{"a": [1, "\u00e9\u0000"]}', '\x789cab564a54b28a36d4518a29353048b5049106064ab1b50051410691', 'exposure é', 'cause é');
INSERT INTO finding_condition VALUES (1, 'name é', 'digest é', 'value é');
INSERT INTO finding_event VALUES (1, 1, 'finding_id é', 1772366400000000, 'previous_status é', 'status é', 'cause é', 'actor é', 'reason é');
INSERT INTO idempotency VALUES ('account é', 'region é', 'operation é', 'token é', 'request_digest é', '{"a": [1, "\u00e9\u0000"]}', 1772366400000000);
INSERT INTO job VALUES (1, 'kind é', '{"a": [1, "\u00e9\u0000"]}', 'lock é', 'queueing_lock é', 7, 1772366400000000, 'status é', 7, 1772366400000000, 'lease_owner é', 'last_error é');
INSERT INTO organization VALUES ('digest é', '{"a": [1, "\u00e9\u0000"]}', 1772366400000000);
INSERT INTO outbox VALUES (1, 'event_id é', 1, 'subject é', '{"a": [1, "\u00e9\u0000"]}', 1772366400000000, 'status é', 7, 1772366400000000, 1772366400000000, 'last_error é', 1772366400000000);
INSERT INTO resource VALUES (1, 1, 'arn é', 'type é', 'owner_account é', 'region é', 'configuration_digest é', 'analysis_digest é', 'error é', true, 1772366400000000, 1772366400000000, 1772366400000000);
INSERT INTO scan VALUES (1, 'id é', 1, 'account é', 'region é', 'trigger é', 1772366400000000, 1772366400000000, 'status é', '{"a": [1, "\u00e9\u0000"]}');
INSERT INTO session VALUES ('digest é', 1, 'csrf_token é', 1772366400000000, 1772366400000000, '{"a": [1, "\u00e9\u0000"]}');
INSERT INTO user_account VALUES (1, 'name é', 'role é', 'password_hash é', 1772366400000000, 1772366400000000, 'subject é');
INSERT INTO worker VALUES ('id é', 1772366400000000, 1772366400000000);
SELECT pg_catalog.setval('access_preview_key_seq', 1, true);
SELECT pg_catalog.setval('analyzer_key_seq', 1, true);
SELECT pg_catalog.setval('archive_rule_key_seq', 1, true);
SELECT pg_catalog.setval('audit_key_seq', 1, true);
SELECT pg_catalog.setval('destination_key_seq', 1, true);
SELECT pg_catalog.setval('finding_event_key_seq', 1, true);
SELECT pg_catalog.setval('finding_key_seq', 1, true);
SELECT pg_catalog.setval('job_key_seq', 1, true);
SELECT pg_catalog.setval('outbox_key_seq', 1, true);
SELECT pg_catalog.setval('resource_key_seq', 1, true);
SELECT pg_catalog.setval('scan_key_seq', 1, true);
SELECT pg_catalog.setval('user_account_key_seq', 1, true);
ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY access_preview
    ADD CONSTRAINT pk_access_preview PRIMARY KEY (key);
ALTER TABLE ONLY analyzer
    ADD CONSTRAINT pk_analyzer PRIMARY KEY (key);
ALTER TABLE ONLY api_key
    ADD CONSTRAINT pk_api_key PRIMARY KEY (id);
ALTER TABLE ONLY archive_rule
    ADD CONSTRAINT pk_archive_rule PRIMARY KEY (key);
ALTER TABLE ONLY audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (key);
ALTER TABLE ONLY configuration
    ADD CONSTRAINT pk_configuration PRIMARY KEY (digest);
ALTER TABLE ONLY destination
    ADD CONSTRAINT pk_destination PRIMARY KEY (key);
ALTER TABLE ONLY finding
    ADD CONSTRAINT pk_finding PRIMARY KEY (key);
ALTER TABLE ONLY finding_condition
    ADD CONSTRAINT pk_finding_condition PRIMARY KEY (finding_key, name, digest);
ALTER TABLE ONLY finding_event
    ADD CONSTRAINT pk_finding_event PRIMARY KEY (key);
ALTER TABLE ONLY idempotency
    ADD CONSTRAINT pk_idempotency PRIMARY KEY (account, region, operation, token);
ALTER TABLE ONLY job
    ADD CONSTRAINT pk_job PRIMARY KEY (key);
ALTER TABLE ONLY organization
    ADD CONSTRAINT pk_organization PRIMARY KEY (digest);
ALTER TABLE ONLY outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (key);
ALTER TABLE ONLY resource
    ADD CONSTRAINT pk_resource PRIMARY KEY (key);
ALTER TABLE ONLY scan
    ADD CONSTRAINT pk_scan PRIMARY KEY (key);
ALTER TABLE ONLY session
    ADD CONSTRAINT pk_session PRIMARY KEY (digest);
ALTER TABLE ONLY user_account
    ADD CONSTRAINT pk_user_account PRIMARY KEY (key);
ALTER TABLE ONLY worker
    ADD CONSTRAINT pk_worker PRIMARY KEY (id);
ALTER TABLE ONLY access_preview
    ADD CONSTRAINT uq_access_preview_id UNIQUE (id);
ALTER TABLE ONLY analyzer
    ADD CONSTRAINT uq_analyzer_account_region_name UNIQUE (account, region, name);
ALTER TABLE ONLY analyzer
    ADD CONSTRAINT uq_analyzer_arn UNIQUE (arn);
ALTER TABLE ONLY archive_rule
    ADD CONSTRAINT uq_archive_rule_analyzer_key_name UNIQUE (analyzer_key, name);
ALTER TABLE ONLY destination
    ADD CONSTRAINT uq_destination_name UNIQUE (name);
ALTER TABLE ONLY finding
    ADD CONSTRAINT uq_finding_analyzer_key_id UNIQUE (analyzer_key, id);
ALTER TABLE ONLY outbox
    ADD CONSTRAINT uq_outbox_destination_key_event_id UNIQUE (destination_key, event_id);
ALTER TABLE ONLY resource
    ADD CONSTRAINT uq_resource_analyzer_key_arn_type UNIQUE (analyzer_key, arn, type);
ALTER TABLE ONLY scan
    ADD CONSTRAINT uq_scan_id UNIQUE (id);
ALTER TABLE ONLY user_account
    ADD CONSTRAINT uq_user_account_name UNIQUE (name);
ALTER TABLE ONLY user_account
    ADD CONSTRAINT uq_user_account_subject UNIQUE (subject);
CREATE INDEX ix_access_preview_analyzer_key_created_at ON access_preview USING btree (analyzer_key, created_at);
CREATE INDEX ix_analyzer_next_scan_at ON analyzer USING btree (next_scan_at);
CREATE INDEX ix_archive_rule_expires_at ON archive_rule USING btree (expires_at);
CREATE INDEX ix_audit_at ON audit USING btree (at);
CREATE INDEX ix_finding_by_created_at ON finding USING btree (analyzer_key, created_at, key, status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_by_is_public ON finding USING btree (analyzer_key, is_public, key, status, resource_type, resource_owner_account, region, type, error, updated_at, created_at);
CREATE INDEX ix_finding_by_key ON finding USING btree (analyzer_key, key, status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_by_resource ON finding USING btree (analyzer_key, resource, key, status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_by_resource_key ON finding USING btree (resource_key, key, status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_by_resource_owner_account ON finding USING btree (analyzer_key, resource_owner_account, key, status, resource_type, is_public, region, type, error, updated_at, created_at);
CREATE INDEX ix_finding_by_resource_type ON finding USING btree (analyzer_key, resource_type, key, status, resource_owner_account, is_public, region, type, error, updated_at, created_at);
CREATE INDEX ix_finding_by_status ON finding USING btree (analyzer_key, status, key, resource_type, resource_owner_account, is_public, region, type, error, updated_at, created_at);
CREATE INDEX ix_finding_by_updated_at ON finding USING btree (analyzer_key, updated_at, key, status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_condition_by_value ON finding_condition USING btree (name, digest, finding_key);
CREATE INDEX ix_finding_event_analyzer_key_at_previous_status_status ON finding_event USING btree (analyzer_key, at, previous_status, status);
CREATE INDEX ix_finding_event_analyzer_key_finding_id_key ON finding_event USING btree (analyzer_key, finding_id, key);
CREATE INDEX ix_finding_event_analyzer_key_key ON finding_event USING btree (analyzer_key, key);
CREATE INDEX ix_finding_of_cause ON finding USING btree (analyzer_key, status, cause, resource_key);
CREATE INDEX ix_finding_of_exposure ON finding USING btree (analyzer_key, status, exposure, key);
CREATE INDEX ix_finding_of_principal ON finding USING btree (analyzer_key, status, principal_aws, principal_federated, principal_canonical_user, resource_key);
CREATE INDEX ix_finding_resolved ON finding USING btree (updated_at) WHERE ((status)::text = 'RESOLVED'::text);
CREATE INDEX ix_finding_with_archived_by ON finding USING btree (analyzer_key, archived_by, key) WHERE (archived_by IS NOT NULL);
CREATE INDEX ix_finding_with_error ON finding USING btree (analyzer_key, error, key) WHERE (error IS NOT NULL);
CREATE INDEX ix_finding_with_principal_aws ON finding USING btree (analyzer_key, principal_aws, key) WHERE (principal_aws IS NOT NULL);
CREATE INDEX ix_finding_with_principal_canonical_user ON finding USING btree (analyzer_key, principal_canonical_user, key) WHERE (principal_canonical_user IS NOT NULL);
CREATE INDEX ix_finding_with_principal_federated ON finding USING btree (analyzer_key, principal_federated, key) WHERE (principal_federated IS NOT NULL);
CREATE INDEX ix_idempotency_created_at ON idempotency USING btree (created_at);
CREATE INDEX ix_job_status_run_at ON job USING btree (status, run_at);
CREATE INDEX ix_outbox_due ON outbox USING btree (destination_key, next_attempt_at, key) WHERE ((status)::text = 'PENDING'::text);
CREATE INDEX ix_outbox_first ON outbox USING btree (destination_key, subject, key) WHERE ((status)::text = 'PENDING'::text);
CREATE INDEX ix_outbox_status_sent_at ON outbox USING btree (status, sent_at);
CREATE INDEX ix_resource_analyzer_key_analyzed_at_key ON resource USING btree (analyzer_key, analyzed_at, key);
CREATE INDEX ix_resource_analyzer_key_owner_account_region_type ON resource USING btree (analyzer_key, owner_account, region, type);
CREATE INDEX ix_resource_analyzer_key_type_key ON resource USING btree (analyzer_key, type, key);
CREATE INDEX ix_resource_configuration_digest ON resource USING btree (configuration_digest);
CREATE INDEX ix_scan_analyzer_key_account_region_key ON scan USING btree (analyzer_key, account, region, key);
CREATE INDEX ix_scan_analyzer_key_key ON scan USING btree (analyzer_key, key);
CREATE INDEX ix_scan_ended_at ON scan USING btree (ended_at);
CREATE INDEX ix_scan_status_started_at ON scan USING btree (status, started_at);
CREATE INDEX ix_session_created_at ON session USING btree (created_at);
CREATE INDEX ix_session_user_key ON session USING btree (user_key);
CREATE UNIQUE INDEX uq_job_queueing_lock ON job USING btree (queueing_lock) WHERE ((status)::text = 'WAITING'::text);
ALTER TABLE ONLY access_preview
    ADD CONSTRAINT fk_access_preview_analyzer_key FOREIGN KEY (analyzer_key) REFERENCES analyzer(key) ON DELETE CASCADE;
ALTER TABLE ONLY archive_rule
    ADD CONSTRAINT fk_archive_rule_analyzer_key FOREIGN KEY (analyzer_key) REFERENCES analyzer(key) ON DELETE CASCADE;
ALTER TABLE ONLY finding
    ADD CONSTRAINT fk_finding_analyzer_key FOREIGN KEY (analyzer_key) REFERENCES analyzer(key) ON DELETE CASCADE;
ALTER TABLE ONLY finding_condition
    ADD CONSTRAINT fk_finding_condition_finding_key FOREIGN KEY (finding_key) REFERENCES finding(key) ON DELETE CASCADE;
ALTER TABLE ONLY finding_event
    ADD CONSTRAINT fk_finding_event_analyzer_key FOREIGN KEY (analyzer_key) REFERENCES analyzer(key) ON DELETE CASCADE;
ALTER TABLE ONLY finding
    ADD CONSTRAINT fk_finding_resource_key FOREIGN KEY (resource_key) REFERENCES resource(key) ON DELETE CASCADE;
ALTER TABLE ONLY outbox
    ADD CONSTRAINT fk_outbox_destination_key FOREIGN KEY (destination_key) REFERENCES destination(key) ON DELETE CASCADE;
ALTER TABLE ONLY resource
    ADD CONSTRAINT fk_resource_analyzer_key FOREIGN KEY (analyzer_key) REFERENCES analyzer(key) ON DELETE CASCADE;
ALTER TABLE ONLY scan
    ADD CONSTRAINT fk_scan_analyzer_key FOREIGN KEY (analyzer_key) REFERENCES analyzer(key) ON DELETE CASCADE;
ALTER TABLE ONLY session
    ADD CONSTRAINT fk_session_user_key FOREIGN KEY (user_key) REFERENCES user_account(key) ON DELETE CASCADE;
