import { asFixError, type FixError, failureText } from '../core/errors';
import { standsAt } from '../core/incident/flow';
import { headline } from '../core/incident/summary';
import { type Effect, Intake, type IntakeSettings } from '../core/intake/intake';
import { MissedEnds } from '../core/intake/missed-ends';
import { releasing } from '../core/intake/open';
import type { AlertPayload } from '../core/intake/payload';
import type { Incident } from '../core/model/incident';
import type { Incidents } from '../core/store/incidents';
import { undisturbed } from '../core/undisturbed';
import type { NodeContext } from '../runtime/define-node';
import { positionsOf } from '../runtime/flow-position';
import { INSTANCE } from '../runtime/instance';
import { withIncident } from '../runtime/message';
import { recover } from '../runtime/recovery';
import type { IncidentStoreService, PrometheusServerService } from '../runtime/services';
import { noteFailedStep } from '../runtime/undelivered';
import type { AlertInConfig, AlertInCredentials } from './config';

type Context = NodeContext<AlertInConfig, AlertInCredentials>;

const OUTPUT: Partial<Record<Effect['kind'], number>> = { new: 0, changed: 1, resolved: 2 };
const OUTPUTS = 3;
/** The same kind of refusal is logged once in this time. */
const REFUSAL_LOG_MS = 60_000;

/** What a {@link AlertIntake} works with. */
export interface AlertIntakeParts {
    store: IncidentStoreService;
    settings: IntakeSettings;
    /** Where the alerts arrive, for the status. */
    address: string;
    /**
     * The Alertmanager that sends, asked for ends that it did not tell, and the Prometheus before it; absent when none
     * is configured.
     */
    prometheus?: PrometheusServerService;
}

/** Takes the webhook calls of one path into the store, and sends on what they changed. */
export class AlertIntake {
    private intake?: { of: Incidents; intake: Intake; missedEnds?: MissedEnds };
    /** The effect is in the store, whatever the flow behind this node does with it. */
    private readonly hear = undisturbed(
        (effect: Effect) => this.tell(effect),
        (thrown) => this.context.report(thrown),
    );
    private isAsking = false;
    private cannotAsk = false;
    private storeIsUp?: boolean;
    private recovering = false;
    private lastRefusal = { code: '', at: 0 };

    constructor(
        private readonly context: Context,
        private readonly parts: AlertIntakeParts,
    ) {}

    async accept(payload: AlertPayload): Promise<Effect[]> {
        const { intake } = this.intakeOf(await this.parts.store.incidents());
        const effects: Effect[] = [];
        await intake.accept(payload, (effect) => {
            effects.push(effect);
            this.hear(effect);
        });
        return effects;
    }

    /** A request was refused: red when the store is the reason, else a line in the log. */
    refused(error: FixError): void {
        if (error.code === 'STORE_DOWN') {
            this.down(error);
            return;
        }
        const now = Date.now();
        if (error.code === this.lastRefusal.code && now - this.lastRefusal.at < REFUSAL_LOG_MS) return;
        this.lastRefusal = { code: error.code, at: now };
        this.context.node.warn(`webhook refused: ${failureText(error)}`);
    }

    up(incidents: Incidents): void {
        if (!this.storeIsUp) this.context.status.ready(this.parts.address);
        this.storeIsUp = true;
        void this.askForMissedEnds(incidents);
        if (this.recovering) return;
        this.recovering = true;
        const { node, closing } = this.context;
        recover(
            incidents,
            {
                node: node.id,
                stages: ['open'],
                emit: (incident, output) => this.emit(incident, output),
                release: (incident) => this.release(incidents, incident),
                active: () => false,
                report: (thrown) => this.failed(asFixError(thrown)),
            },
            closing,
        );
    }

    down(error: FixError): void {
        if (this.storeIsUp !== false) this.context.node.error(failureText(error));
        this.storeIsUp = false;
        this.context.status.failed(error.code);
    }

    private failed(error: FixError): void {
        if (error.code === 'STORE_DOWN') this.down(error);
        else this.context.report(error);
    }

    private intakeOf(incidents: Incidents): { intake: Intake; missedEnds?: MissedEnds } {
        if (this.intake?.of === incidents) return this.intake;
        const { settings, prometheus: { alerts, rules } = {} } = this.parts;
        const node = this.context.node.id;
        this.intake = {
            of: incidents,
            intake: new Intake({ incidents, node, instance: INSTANCE, settings, unsure: noteFailedStep }),
            ...(alerts &&
                rules && { missedEnds: new MissedEnds({ incidents, alerts, rules, node, names: settings.names }) }),
        };
        return this.intake;
    }

    /** An Alertmanager that cannot be asked is reported once, until it answers again. */
    private async askForMissedEnds(incidents: Incidents): Promise<void> {
        const { missedEnds } = this.intakeOf(incidents);
        if (!missedEnds || this.isAsking) return;
        this.isAsking = true;
        try {
            if (await missedEnds.look((end) => this.hear(end), this.context.closing)) this.cannotAsk = false;
        } catch (thrown) {
            if (this.context.closing.aborted) return;
            if (!this.cannotAsk)
                this.context.node.warn(
                    `cannot ask for alerts that resolved without a notification: ${failureText(thrown)}`,
                );
            this.cannotAsk = true;
        } finally {
            this.isAsking = false;
        }
    }

    private tell({ kind, incident }: Effect): void {
        const output = OUTPUT[kind];
        if (output === undefined) return;
        this.emit(incident, output);
        this.context.status.ready(headline(incident));
    }

    private emit(incident: Incident, output: number): void {
        const message = withIncident({ _msgid: this.context.RED.util.generateId() }, incident, headline(incident));
        this.context.node.send(Array.from({ length: OUTPUTS }, (_, index) => (index === output ? message : null)));
    }

    /** The cooldown is over; of several instances the one whose write came first sends it on. */
    private async release(incidents: Incidents, { id }: Incident): Promise<void> {
        const position = positionsOf(this.context.node.id).sent(0);
        const incident = await incidents.change(id, releasing(position));
        if (standsAt(incident, position)) this.emit(incident, 0);
    }
}
