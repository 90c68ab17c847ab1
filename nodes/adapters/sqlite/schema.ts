import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { FixError } from '../../core/errors';

const TABLES = `
CREATE TABLE incident (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, head TEXT NOT NULL,
    stage TEXT NOT NULL, updated_at TEXT NOT NULL, group_key TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX incident_by_update ON incident (updated_at DESC, id DESC);
CREATE INDEX incident_by_stage ON incident (stage, updated_at DESC, id DESC);
CREATE TABLE timeline (
    incident TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (incident, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_group (group_key TEXT PRIMARY KEY, current TEXT, previous TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE memory (
    incident TEXT PRIMARY KEY, identity TEXT NOT NULL, alertname TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX memory_by_identity ON memory (identity, at DESC);
CREATE INDEX memory_by_alertname ON memory (alertname, at DESC);
CREATE INDEX memory_by_time ON memory (at DESC);
CREATE TABLE probe (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL) STRICT;
`;

/** `sent_by`: the process that has put the incident on an output; empty while it has not been sent. */
const FLOW_POSITIONS = `
ALTER TABLE incident ADD COLUMN flow_node TEXT NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN sent_by TEXT NOT NULL DEFAULT '';
UPDATE incident SET flow_node = body ->> '$.flow.node',
    sent_by = iif(body ->> '$.flow.state' = 'sent', body ->> '$.flow.instance', '');
CREATE INDEX incident_by_flow ON incident (flow_node, stage, sent_by);
`;

/** What the dry run of each plan showed, whole. */
const PREVIEWS = `
CREATE TABLE preview (incident TEXT NOT NULL, nonce TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (incident, nonce)) STRICT;
`;

/** The chain of anchors, and up to which version an anchor names each incident. */
const ANCHORS = `
CREATE TABLE anchor (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE anchored (incident TEXT PRIMARY KEY, version INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** What each version adds to the one before; `user_version` tells how many are in a file. */
const VERSIONS = [TABLES, FLOW_POSITIONS, PREVIEWS, ANCHORS];

const STATEMENTS = {
    readGroup: 'SELECT current, previous FROM alert_group WHERE group_key = :group AND current IS NOT NULL',
    claimGroup: `INSERT INTO alert_group (group_key, current) VALUES (:group, :id)
        ON CONFLICT (group_key) DO UPDATE SET current = coalesce(current, excluded.current) RETURNING current, previous`,
    releaseGroup:
        'UPDATE alert_group SET previous = current, current = NULL WHERE group_key = :group AND current = :id',
    createIncident: `INSERT INTO incident (id, version, head, stage, updated_at, group_key, flow_node, sent_by, body)
        VALUES (:id, :version, :head, :stage, :updatedAt, :group, :node, :sentBy, :body) ON CONFLICT (id) DO NOTHING`,
    changeIncident: `UPDATE incident SET version = :version, head = :head, stage = :stage, updated_at = :updatedAt,
        group_key = :group, flow_node = :node, sent_by = :sentBy, body = :body WHERE id = :id AND version = :expected`,
    appendEntry: 'INSERT INTO timeline (incident, seq, body) VALUES (:id, :seq, :body)',
    readIncident: 'SELECT body, version, head FROM incident WHERE id = :id',
    readTimeline: 'SELECT body FROM timeline WHERE incident = :id AND seq > :after ORDER BY seq',
    keepPreview: 'INSERT INTO preview (incident, nonce, text) VALUES (:id, :nonce, :text) ON CONFLICT DO NOTHING',
    readPreview: 'SELECT text FROM preview WHERE incident = :id AND nonce = :nonce',
    list: `SELECT body, version, head FROM incident WHERE (updated_at, id) < (:before, :beforeId)
        ORDER BY updated_at DESC, id DESC LIMIT :limit`,
    listStages: `SELECT body, version, head FROM incident WHERE stage IN (SELECT value FROM json_each(:stages))
        AND (updated_at, id) < (:before, :beforeId) ORDER BY updated_at DESC, id DESC LIMIT :limit`,
    idsLeftAt: `SELECT id FROM incident WHERE flow_node = :node AND stage IN (SELECT value FROM json_each(:stages))
        AND sent_by <> :instance`,
    countByStage: 'SELECT stage, count(*) AS count FROM incident GROUP BY stage',
    heads: `SELECT id, incident.version, head, updated_at, coalesce(anchored.version, 0) AS anchored
        FROM incident LEFT JOIN anchored ON anchored.incident = incident.id
        WHERE (updated_at, id) > (:after, :afterId) ORDER BY updated_at, id LIMIT :limit`,
    newestAnchor: 'SELECT seq, body FROM anchor ORDER BY seq DESC LIMIT 1',
    appendAnchor:
        'INSERT INTO anchor (seq, body) SELECT :seq, :body WHERE :seq = 1 + (SELECT coalesce(max(seq), 0) FROM anchor)',
    readAnchors: 'SELECT seq, body FROM anchor WHERE seq > :after ORDER BY seq LIMIT :limit',
    anchorNaming:
        'SELECT anchor.seq, body FROM anchor JOIN anchored ON anchored.seq = anchor.seq WHERE incident = :incident',
    dropAnchors: 'DELETE FROM anchor WHERE seq < :first',
    markAnchored: `INSERT INTO anchored (incident, version, seq) VALUES (:incident, :version, :seq)
        ON CONFLICT (incident) DO UPDATE SET version = excluded.version, seq = excluded.seq WHERE excluded.version >= anchored.version`,
    forgetAnchored: 'DELETE FROM anchored WHERE incident = :incident',
    lease: `INSERT INTO lease (name, owner, until) VALUES (:name, :owner, :until)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
        WHERE lease.owner = excluded.owner OR lease.until <= :now`,
    releaseLease: 'DELETE FROM lease WHERE name = :name AND owner = :owner AND until > :now',
    leaseOwner: 'SELECT owner FROM lease WHERE name = :name AND until > :now',
    remember: `INSERT OR REPLACE INTO memory (incident, identity, alertname, at, body)
        VALUES (:id, :identity, :alertname, :at, :body)`,
    recallIdentity: 'SELECT incident, body FROM memory WHERE identity = :identity ORDER BY at DESC LIMIT :limit',
    recallAlertname: 'SELECT incident, body FROM memory WHERE alertname = :alertname ORDER BY at DESC LIMIT :limit',
    recallNewest: 'SELECT incident, body FROM memory ORDER BY at DESC LIMIT :limit',
    sweepable: `SELECT id, version, head FROM incident WHERE stage IN (SELECT value FROM json_each(:stages)) AND updated_at < :before
        LIMIT :limit`,
    deleteTimeline: 'DELETE FROM timeline WHERE incident = :id',
    deletePreviews: 'DELETE FROM preview WHERE incident = :id',
    deleteIncident: 'DELETE FROM incident WHERE id = :id',
    isVersion: 'SELECT 1 FROM incident WHERE id = :id AND version = :version',
    forgetGroup: `UPDATE alert_group SET current = nullif(current, :id), previous = nullif(previous, :id)
        WHERE group_key = (SELECT group_key FROM incident WHERE id = :id)`,
    deleteEmptyGroups: 'DELETE FROM alert_group WHERE current IS NULL AND previous IS NULL',
    probe: 'INSERT OR REPLACE INTO probe (one, at) VALUES (1, :now)',
} as const;

export type Statements = Record<keyof typeof STATEMENTS, StatementSync>;

/** Sets durability, creates missing tables; answers the prepared statements. */
export function prepareDatabase(database: DatabaseSync): Statements {
    database.exec(`PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        PRAGMA journal_size_limit = 67108864`);
    const missing = VERSIONS.slice(versionOf(database));
    if (missing.length > 0)
        database.exec(`BEGIN; ${missing.join('')} PRAGMA user_version = ${VERSIONS.length}; COMMIT`);
    return prepare(database);
}

/** The prepared statements of a database that is open for reading only; those that write fail. */
export function prepareToRead(database: DatabaseSync): Statements {
    database.exec('PRAGMA busy_timeout = 5000');
    if (versionOf(database) === VERSIONS.length) return prepare(database);
    throw new FixError('STORE_DOWN', 'The incident store was written by an earlier version.', {
        cure: 'Start Node-RED with this version of alert-to-fix once; it brings the store up to date.',
    });
}

function versionOf(database: DatabaseSync): number {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
    if (version <= VERSIONS.length) return version;
    throw new FixError('STORE_DOWN', `The incident store was written by a newer version (schema ${version}).`, {
        cure: 'Install that version of alert-to-fix again, or choose another folder.',
    });
}

function prepare(database: DatabaseSync): Statements {
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]);
    return Object.fromEntries(prepared) as Statements;
}
