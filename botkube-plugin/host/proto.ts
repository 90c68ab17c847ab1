import path from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON, loadSync, type PackageDefinition } from '@grpc/proto-loader';

/** JSON of the protos, as protobufjs writes it. */
export type ProtoDescriptor = Parameters<typeof fromJSON>[0];

/**
 * Set by the bundler (`define`, from {@link PROTO_FILES}), whose one file has no `proto/` beside it; absent otherwise.
 */
declare const PROTO_DESCRIPTOR: ProtoDescriptor | undefined;

/** The protos of the contract, relative to the project's root and to `dist/`. */
export const PROTO_FILES = ['executor.proto', 'grpc_controller.proto', 'health.proto'].map((file) =>
    path.join(__dirname, '../../proto', file),
);

const OPTIONS = { defaults: true, arrays: true, enums: String };

/** The gRPC services between host and plugin. */
export interface HostServices {
    executor: ServiceDefinition;
    controller: ServiceDefinition;
    health: ServiceDefinition;
}

/** Reads the protos: the bundled ones where there are such, else those of the `proto/` folder. */
export function hostServices(): HostServices {
    const definition =
        typeof PROTO_DESCRIPTOR === 'undefined' ? loadSync(PROTO_FILES, OPTIONS) : fromJSON(PROTO_DESCRIPTOR, OPTIONS);
    return {
        executor: service(definition, 'executor.Executor'),
        controller: service(definition, 'plugin.GRPCController'),
        health: service(definition, 'grpc.health.v1.Health'),
    };
}

function service(definition: PackageDefinition, name: string): ServiceDefinition {
    const found = definition[name];
    if (found === undefined || 'format' in found) throw new Error(`The protos define no service ${name}.`);
    return found as ServiceDefinition;
}
