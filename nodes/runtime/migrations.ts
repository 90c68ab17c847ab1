import { FixError } from '../core/errors';

/** A node's settings as they are saved in a flow: a JSON object. */
export type NodeSettings = Readonly<Record<string, unknown>>;

/** Turns settings of one version into those of the next. Pure: it gets a frozen object and returns a new one. */
export type Migration = (settings: NodeSettings) => NodeSettings;

/** All steps of one node type: the one at index n leads from version n to version n + 1. */
export type Migrations = readonly Migration[];

/**
 * The first release; earlier nodes had no version, which counts as 0. This step must change nothing: when the editor
 * imports a node without a version it fills in the newest one, so such a node cannot be recognized as old.
 */
export const FIRST_VERSION: Migrations = [(settings) => settings];

const migrationsByType = new Map<string, Migrations>();

/** Makes the migrations of a node type known, so that {@link migrated} applies them. */
export function registerMigrations(type: string, migrations: Migrations): void {
    migrationsByType.set(type, migrations);
}

/** The version that nodes of this type are saved with; undefined for a type that is not registered. */
export function newestVersion(type: string): number | undefined {
    return migrationsByType.get(type)?.length;
}

/**
 * The settings of a node of `type`, brought to the newest version; `from` is the version they had. Settings of the
 * newest version come back as they are. Throws `CONFIG_INVALID` for the field `version` when they are newer than this
 * package, and `INPUT_INVALID` for a type that is not registered.
 */
export function migrated<Settings extends object>(
    type: string,
    settings: Settings,
): { settings: Settings; from: number } {
    const migrations = migrationsByType.get(type);
    if (!migrations) throw new FixError('INPUT_INVALID', `There is no node type ${type} here.`, { field: 'type' });
    const from = versionOf(settings);
    const newest = migrations.length;
    if (from > newest) {
        throw new FixError(
            'CONFIG_INVALID',
            `The settings of this node have version ${from}; this package knows versions up to ${newest}.`,
            { field: 'version', cure: 'Update @alert-to-fix/node-red here to the release that saved this node.' },
        );
    }
    if (from === newest) return { settings, from };
    let result = settings as NodeSettings;
    for (const step of migrations.slice(from)) result = step(Object.freeze({ ...result }));
    return { settings: { ...result, version: newest } as unknown as Settings, from };
}

function versionOf(settings: object): number {
    const { version = 0 } = settings as { version?: unknown };
    if (typeof version === 'number' && Number.isInteger(version) && version >= 0) return version;
    throw new FixError('CONFIG_INVALID', `${JSON.stringify(version)} is not a version of a node's settings.`, {
        field: 'version',
        cure: 'Restore this node from a saved flow, or add it again from the palette.',
    });
}
