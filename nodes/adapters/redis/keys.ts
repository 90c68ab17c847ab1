import { STAGES, type Stage } from '../../core/model/stage';
import { sha256 } from '../../core/text/json';

/**
 * Every key name. What one script touches carries one hash tag, so that it lies in one slot of a Cluster:
 * an incident with its timeline, a group, a lease, the whole index, the whole memory, all anchors.
 */
export class Keys {
    /** Pub/sub channel of change notices. */
    readonly changes: string;
    readonly ping: string;
    /** Sorted set: incident id by `updatedAt`, milliseconds. */
    readonly byUpdate: string;
    /** Hash: incident id → `<version> <position of its stage, from 1> <flow position>` as indexed. */
    readonly indexed: string;
    /**
     * Sorted set of equal scores: `<stage> <node> <process that sent it on> <id>`, the process empty while it has not
     * been sent.
     */
    readonly flows: string;
    /** Sorted set: `<id> <token>` of transitions that may not be indexed yet, by the time they began, milliseconds. */
    readonly pending: string;
    /** Sorted sets: incident id by `updatedAt`, one per stage in the order of `STAGES`. */
    readonly stages: readonly string[];
    /** The keys of the index in the order of `put-in-index.lua`. */
    readonly index: readonly string[];
    /** Hash: incident id → memory record as JSON. */
    readonly memories: string;
    /** Sorted set: incident id by the record's time, milliseconds. */
    readonly memoriesByTime: string;
    /** Sorted set: anchor as JSON, by its number. */
    readonly anchors: string;
    /** Hash: incident id → `<version> <number of the anchor that names it>`. */
    readonly anchored: string;

    constructor(private readonly namespace: string) {
        this.changes = `${namespace}:changes`;
        this.ping = `${namespace}:{ping}`;
        this.byUpdate = `${namespace}:{index}:updated`;
        this.indexed = `${namespace}:{index}:indexed`;
        this.flows = `${namespace}:{index}:flows`;
        this.pending = `${namespace}:{index}:pending`;
        this.stages = STAGES.map((stage) => this.stage(stage));
        this.index = [this.byUpdate, this.indexed, this.flows, ...this.stages];
        this.memories = `${namespace}:{memory}:records`;
        this.memoriesByTime = `${namespace}:{memory}:time`;
        this.anchors = `${namespace}:{audit}:anchors`;
        this.anchored = `${namespace}:{audit}:anchored`;
    }

    stage(stage: Stage): string {
        return `${this.namespace}:{index}:stage:${stage}`;
    }

    /** Hash: body, version, head, token of the last write. */
    incident(id: string): string {
        return `${this.namespace}:{${id}}:incident`;
    }

    /** String: written only so that replicas can be waited for; expires. */
    settled(id: string): string {
        return `${this.namespace}:{${id}}:settled`;
    }

    /** List of timeline entries as JSON, oldest first. */
    timeline(id: string): string {
        return `${this.namespace}:{${id}}:timeline`;
    }

    /** Hash: nonce of a plan → what its dry run showed, whole. */
    previews(id: string): string {
        return `${this.namespace}:{${id}}:previews`;
    }

    /** Hash: current, previous. Group keys are any text, so their digest is used. */
    group(groupKey: string): string {
        return `${this.namespace}:{group-${sha256(groupKey)}}`;
    }

    /** String: the owner; expires with the lease. */
    lease(name: string): string {
        return `${this.namespace}:{lease-${sha256(name)}}`;
    }

    memoriesOfRecurrence(recurrenceKey: string): string {
        return `${this.namespace}:{memory}:identity:${sha256(recurrenceKey)}`;
    }

    memoriesOfAlertname(alertname: string): string {
        return `${this.namespace}:{memory}:alertname:${sha256(alertname)}`;
    }
}
