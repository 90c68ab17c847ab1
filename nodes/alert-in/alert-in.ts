import type { NodeAPI } from 'node-red';
import { FixError } from '../core/errors';
import { optionalService, requireService } from '../runtime/config-node';
import { defineNode } from '../runtime/define-node';
import { publicPath, serve, servesNodePaths } from '../runtime/http-routes';
import type { IncidentStoreService, PrometheusServerService } from '../runtime/services';
import { watchStore } from '../runtime/store-watch';
import { AlertIntake } from './alert-intake';
import { type AlertInConfig, type AlertInCredentials, authOf, bodyLimitOf, pathOf, settingsOf } from './config';
import { webhookHandler } from './webhook';

export = (RED: NodeAPI): void => {
    defineNode<AlertInConfig, AlertInCredentials>(
        RED,
        'alert-in',
        (context) => {
            const { node, config, closing } = context;
            const path = pathOf(config);
            const auth = authOf(config, node.credentials);
            const store = requireService<IncidentStoreService>(RED, config.store, 'incident-store', 'store');
            // One that is chosen and broken says so itself; alerts are taken all the same.
            const prometheus = optionalService<PrometheusServerService>(RED, config.prometheus);
            const intake = new AlertIntake(context, {
                store,
                settings: settingsOf(config),
                address: publicPath(RED, path),
                prometheus,
            });
            if (!servesNodePaths(RED)) {
                throw new FixError('CONFIG_INVALID', 'Node-RED serves no node paths, so no alert can arrive.', {
                    field: 'httpNodeRoot',
                    cure: "Set httpNodeRoot in Node-RED's settings to a path.",
                });
            }
            const stop = serve(
                RED,
                path,
                bodyLimitOf(config),
                webhookHandler({
                    auth,
                    accept: (payload) => intake.accept(payload),
                    refused: (error) => intake.refused(error),
                }),
            );
            if (!stop) {
                throw new FixError('CONFIG_INVALID', `Another alert-in listens on ${path}.`, {
                    field: 'path',
                    cure: 'Give each alert-in its own path, then deploy again.',
                });
            }
            closing.addEventListener('abort', stop);
            return { start: async () => watchStore(store, intake, closing) };
        },
        {
            credentials: {
                token: { type: 'password' },
                user: { type: 'text' },
                password: { type: 'password' },
                secret: { type: 'password' },
            },
        },
    );
};
