/**
 * Spans and metrics of a client, for OpenTelemetry.
 *
 * @packageDocumentation
 */
export { type OpenTelemetryOptions, openTelemetry } from './open-telemetry.ts';
