BEGIN TRANSACTION;
CREATE TABLE access_preview (
	"key" INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	analyzer_key INTEGER NOT NULL, 
	configurations JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	status VARCHAR NOT NULL, 
	status_reason VARCHAR, 
	findings JSON, 
	CONSTRAINT pk_access_preview PRIMARY KEY ("key"), 
	CONSTRAINT uq_access_preview_id UNIQUE (id), 
	CONSTRAINT fk_access_preview_analyzer_key FOREIGN KEY(analyzer_key) REFERENCES analyzer ("key") ON DELETE CASCADE
);
INSERT INTO "access_preview" VALUES(1,'id é',1,'{"a": [1, "\u00e9\u0000"]}',1772366400000000,'status é','status_reason é','{"a": [1, "\u00e9\u0000"]}');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE analyzer (
	"key" INTEGER NOT NULL, 
	arn VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	account VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	type VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	status_reason VARCHAR, 
	created_at BIGINT NOT NULL, 
	tags JSON NOT NULL, 
	scope JSON NOT NULL, 
	configuration JSON, 
	scan_interval INTEGER NOT NULL, 
	next_scan_at BIGINT, 
	zone_digest VARCHAR DEFAULT '' NOT NULL, 
	last_resource_analyzed VARCHAR, 
	last_resource_analyzed_at BIGINT, 
	CONSTRAINT pk_analyzer PRIMARY KEY ("key"), 
	CONSTRAINT uq_analyzer_account_region_name UNIQUE (account, region, name), 
	CONSTRAINT uq_analyzer_arn UNIQUE (arn)
);
INSERT INTO "analyzer" VALUES(1,'arn é','name é','account é','region é','type é','status é','status_reason é',1772366400000000,'{"a": [1, "\u00e9\u0000"]}','{"a": [1, "\u00e9\u0000"]}','{"a": [1, "\u00e9\u0000"]}',7,1772366400000000,'zone_digest é','last_resource_analyzed é',1772366400000000);
CREATE TABLE api_key (
	id VARCHAR NOT NULL, 
	secret BLOB NOT NULL, 
	role VARCHAR NOT NULL, 
	name VARCHAR DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	disabled_at BIGINT, 
	CONSTRAINT pk_api_key PRIMARY KEY (id)
);
INSERT INTO "api_key" VALUES('id é',X'00FF','role é','name é',1772366400000000,1772366400000000);
CREATE TABLE archive_rule (
	"key" INTEGER NOT NULL, 
	analyzer_key INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	filter JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	reason VARCHAR, 
	owner VARCHAR, 
	expires_at BIGINT, 
	CONSTRAINT pk_archive_rule PRIMARY KEY ("key"), 
	CONSTRAINT uq_archive_rule_analyzer_key_name UNIQUE (analyzer_key, name), 
	CONSTRAINT fk_archive_rule_analyzer_key FOREIGN KEY(analyzer_key) REFERENCES analyzer ("key") ON DELETE CASCADE
);
INSERT INTO "archive_rule" VALUES(1,1,'name é','{"a": [1, "\u00e9\u0000"]}',1772366400000000,1772366400000000,'reason é','owner é',1772366400000000);
CREATE TABLE audit (
	"key" INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	actor VARCHAR NOT NULL, 
	operation VARCHAR NOT NULL, 
	resource VARCHAR DEFAULT '' NOT NULL, 
	parameters JSON NOT NULL, 
	request_id VARCHAR NOT NULL, 
	error VARCHAR, 
	CONSTRAINT pk_audit PRIMARY KEY ("key")
);
INSERT INTO "audit" VALUES(1,1772366400000000,'actor é','operation é','resource é','{"a": [1, "\u00e9\u0000"]}','request_id é','error é');
CREATE TABLE configuration (
	digest VARCHAR NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_configuration PRIMARY KEY (digest)
);
INSERT INTO "configuration" VALUES('digest é',X'00FF');
CREATE TABLE destination (
	"key" INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	settings JSON NOT NULL, 
	secret BLOB, 
	filter JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	disabled_at BIGINT, 
	CONSTRAINT pk_destination PRIMARY KEY ("key"), 
	CONSTRAINT uq_destination_name UNIQUE (name)
);
INSERT INTO "destination" VALUES(1,'name é','kind é','{"a": [1, "\u00e9\u0000"]}',X'00FF','{"a": [1, "\u00e9\u0000"]}',1772366400000000,1772366400000000);
CREATE TABLE finding (
	"key" INTEGER NOT NULL, 
	analyzer_key INTEGER NOT NULL, 
	resource_key INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	type VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	resource VARCHAR NOT NULL, 
	resource_type VARCHAR NOT NULL, 
	resource_owner_account VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	is_public BOOLEAN, 
	error VARCHAR, 
	restriction VARCHAR, 
	principal_aws VARCHAR, 
	principal_federated VARCHAR, 
	principal_canonical_user VARCHAR, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	archived_by VARCHAR, 
	detail JSON NOT NULL, 
	evidence BLOB NOT NULL, 
	CONSTRAINT pk_finding PRIMARY KEY ("key"), 
	CONSTRAINT uq_finding_analyzer_key_id UNIQUE (analyzer_key, id), 
	CONSTRAINT fk_finding_analyzer_key FOREIGN KEY(analyzer_key) REFERENCES analyzer ("key") ON DELETE CASCADE, 
	CONSTRAINT fk_finding_resource_key FOREIGN KEY(resource_key) REFERENCES resource ("key") ON DELETE CASCADE
);
INSERT INTO "finding" VALUES(1,1,1,'id é','type é','status é','resource é','resource_type é','resource_owner_account é','region é',1,'error é','restriction é','principal_aws é','principal_federated é','principal_canonical_user é',1772366400000000,1772366400000000,'archived_by é','{"a": [1, "\u00e9\u0000"]}',X'789CAB564A54B28A36D4518A29353048B5049106064AB1B50051410691');
CREATE TABLE finding_condition (
	finding_key INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	CONSTRAINT pk_finding_condition PRIMARY KEY (finding_key, name, digest), 
	CONSTRAINT fk_finding_condition_finding_key FOREIGN KEY(finding_key) REFERENCES finding ("key") ON DELETE CASCADE
);
INSERT INTO "finding_condition" VALUES(1,'name é','digest é','value é');
CREATE TABLE finding_event (
	"key" INTEGER NOT NULL, 
	analyzer_key INTEGER NOT NULL, 
	finding_id VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	previous_status VARCHAR, 
	status VARCHAR, 
	cause VARCHAR NOT NULL, 
	actor VARCHAR DEFAULT '' NOT NULL, 
	reason VARCHAR, 
	CONSTRAINT pk_finding_event PRIMARY KEY ("key"), 
	CONSTRAINT fk_finding_event_analyzer_key FOREIGN KEY(analyzer_key) REFERENCES analyzer ("key") ON DELETE CASCADE
);
INSERT INTO "finding_event" VALUES(1,1,'finding_id é',1772366400000000,'previous_status é','status é','cause é','actor é','reason é');
CREATE TABLE idempotency (
	account VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	operation VARCHAR NOT NULL, 
	token VARCHAR NOT NULL, 
	request_digest VARCHAR NOT NULL, 
	response JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (account, region, operation, token)
);
INSERT INTO "idempotency" VALUES('account é','region é','operation é','token é','request_digest é','{"a": [1, "\u00e9\u0000"]}',1772366400000000);
CREATE TABLE job (
	"key" INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	payload JSON NOT NULL, 
	lock VARCHAR, 
	queueing_lock VARCHAR, 
	priority INTEGER DEFAULT '0' NOT NULL, 
	run_at BIGINT NOT NULL, 
	status VARCHAR NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	lease_until BIGINT, 
	lease_owner VARCHAR, 
	last_error VARCHAR, 
	CONSTRAINT pk_job PRIMARY KEY ("key")
);
INSERT INTO "job" VALUES(1,'kind é','{"a": [1, "\u00e9\u0000"]}','lock é','queueing_lock é',7,1772366400000000,'status é',7,1772366400000000,'lease_owner é','last_error é');
CREATE TABLE organization (
	digest VARCHAR NOT NULL, 
	content JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_organization PRIMARY KEY (digest)
);
INSERT INTO "organization" VALUES('digest é','{"a": [1, "\u00e9\u0000"]}',1772366400000000);
CREATE TABLE outbox (
	"key" INTEGER NOT NULL, 
	event_id VARCHAR NOT NULL, 
	destination_key INTEGER NOT NULL, 
	subject VARCHAR NOT NULL, 
	payload JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	status VARCHAR NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	next_attempt_at BIGINT NOT NULL, 
	lease_until BIGINT, 
	last_error VARCHAR, 
	sent_at BIGINT, 
	CONSTRAINT pk_outbox PRIMARY KEY ("key"), 
	CONSTRAINT uq_outbox_destination_key_event_id UNIQUE (destination_key, event_id), 
	CONSTRAINT fk_outbox_destination_key FOREIGN KEY(destination_key) REFERENCES destination ("key") ON DELETE CASCADE
);
INSERT INTO "outbox" VALUES(1,'event_id é',1,'subject é','{"a": [1, "\u00e9\u0000"]}',1772366400000000,'status é',7,1772366400000000,1772366400000000,'last_error é',1772366400000000);
CREATE TABLE resource (
	"key" INTEGER NOT NULL, 
	analyzer_key INTEGER NOT NULL, 
	arn VARCHAR NOT NULL, 
	type VARCHAR NOT NULL, 
	owner_account VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	configuration_digest VARCHAR NOT NULL, 
	analysis_digest VARCHAR NOT NULL, 
	error VARCHAR, 
	is_public BOOLEAN DEFAULT 0 NOT NULL, 
	created_at BIGINT NOT NULL, 
	analyzed_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_resource PRIMARY KEY ("key"), 
	CONSTRAINT uq_resource_analyzer_key_arn_type UNIQUE (analyzer_key, arn, type), 
	CONSTRAINT fk_resource_analyzer_key FOREIGN KEY(analyzer_key) REFERENCES analyzer ("key") ON DELETE CASCADE
);
INSERT INTO "resource" VALUES(1,1,'arn é','type é','owner_account é','region é','configuration_digest é','analysis_digest é','error é',1,1772366400000000,1772366400000000,1772366400000000);
CREATE TABLE scan (
	"key" INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	analyzer_key INTEGER NOT NULL, 
	account VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	"trigger" VARCHAR NOT NULL, 
	started_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	status VARCHAR NOT NULL, 
	coverage JSON, 
	CONSTRAINT pk_scan PRIMARY KEY ("key"), 
	CONSTRAINT uq_scan_id UNIQUE (id), 
	CONSTRAINT fk_scan_analyzer_key FOREIGN KEY(analyzer_key) REFERENCES analyzer ("key") ON DELETE CASCADE
);
INSERT INTO "scan" VALUES(1,'id é',1,'account é','region é','trigger é',1772366400000000,1772366400000000,'status é','{"a": [1, "\u00e9\u0000"]}');
CREATE TABLE user_account (
	"key" INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	password_hash VARCHAR, 
	created_at BIGINT NOT NULL, 
	disabled_at BIGINT, 
	CONSTRAINT pk_user_account PRIMARY KEY ("key"), 
	CONSTRAINT uq_user_account_name UNIQUE (name)
);
INSERT INTO "user_account" VALUES(1,'name é','role é','password_hash é',1772366400000000,1772366400000000);
CREATE TABLE worker (
	id VARCHAR NOT NULL, 
	started_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	CONSTRAINT pk_worker PRIMARY KEY (id)
);
INSERT INTO "worker" VALUES('id é',1772366400000000,1772366400000000);
CREATE INDEX ix_analyzer_next_scan_at ON analyzer (next_scan_at);
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_idempotency_created_at ON idempotency (created_at);
CREATE INDEX ix_job_status_run_at ON job (status, run_at);
CREATE UNIQUE INDEX uq_job_queueing_lock ON job (queueing_lock) WHERE status = 'WAITING';
CREATE INDEX ix_resource_analyzer_key_analyzed_at_key ON resource (analyzer_key, analyzed_at, "key");
CREATE INDEX ix_resource_analyzer_key_type_key ON resource (analyzer_key, type, "key");
CREATE INDEX ix_resource_analyzer_key_owner_account_region_type ON resource (analyzer_key, owner_account, region, type);
CREATE INDEX ix_resource_configuration_digest ON resource (configuration_digest);
CREATE INDEX ix_finding_event_analyzer_key_key ON finding_event (analyzer_key, "key");
CREATE INDEX ix_finding_event_analyzer_key_finding_id_key ON finding_event (analyzer_key, finding_id, "key");
CREATE INDEX ix_archive_rule_expires_at ON archive_rule (expires_at);
CREATE INDEX ix_scan_analyzer_key_key ON scan (analyzer_key, "key");
CREATE INDEX ix_scan_ended_at ON scan (ended_at);
CREATE INDEX ix_scan_analyzer_key_account_region_key ON scan (analyzer_key, account, region, "key");
CREATE INDEX ix_scan_status_started_at ON scan (status, started_at);
CREATE INDEX ix_access_preview_analyzer_key_created_at ON access_preview (analyzer_key, created_at);
CREATE INDEX ix_outbox_due ON outbox (destination_key, next_attempt_at, "key") WHERE status = 'PENDING';
CREATE INDEX ix_outbox_status_sent_at ON outbox (status, sent_at);
CREATE INDEX ix_outbox_first ON outbox (destination_key, subject, "key") WHERE status = 'PENDING';
CREATE INDEX ix_finding_by_key ON finding (analyzer_key, "key", status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_with_error ON finding (analyzer_key, error, "key") WHERE error IS NOT NULL;
CREATE INDEX ix_finding_by_is_public ON finding (analyzer_key, is_public, "key", status, resource_type, resource_owner_account, region, type, error, updated_at, created_at);
CREATE INDEX ix_finding_by_resource_key ON finding (resource_key, "key", status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_with_archived_by ON finding (analyzer_key, archived_by, "key") WHERE archived_by IS NOT NULL;
CREATE INDEX ix_finding_by_resource ON finding (analyzer_key, resource, "key", status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_by_created_at ON finding (analyzer_key, created_at, "key", status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_by_updated_at ON finding (analyzer_key, updated_at, "key", status, resource_type, resource_owner_account, is_public, region, type, error);
CREATE INDEX ix_finding_with_principal_aws ON finding (analyzer_key, principal_aws, "key") WHERE principal_aws IS NOT NULL;
CREATE INDEX ix_finding_by_resource_owner_account ON finding (analyzer_key, resource_owner_account, "key", status, resource_type, is_public, region, type, error, updated_at, created_at);
CREATE INDEX ix_finding_with_principal_federated ON finding (analyzer_key, principal_federated, "key") WHERE principal_federated IS NOT NULL;
CREATE INDEX ix_finding_with_principal_canonical_user ON finding (analyzer_key, principal_canonical_user, "key") WHERE principal_canonical_user IS NOT NULL;
CREATE INDEX ix_finding_resolved ON finding (updated_at) WHERE status = 'RESOLVED';
CREATE INDEX ix_finding_by_status ON finding (analyzer_key, status, "key", resource_type, resource_owner_account, is_public, region, type, error, updated_at, created_at);
CREATE INDEX ix_finding_by_resource_type ON finding (analyzer_key, resource_type, "key", status, resource_owner_account, is_public, region, type, error, updated_at, created_at);
CREATE INDEX ix_finding_condition_by_value ON finding_condition (name, digest, finding_key);
COMMIT;
