/** What a log line carries besides its message. */
export type Attributes = Record<string, unknown>

export interface Logger {
  debug(message: string, attributes?: Attributes): void
  info(message: string, attributes?: Attributes): void
  warn(message: string, attributes?: Attributes): void
  error(message: string, attributes?: Attributes): void
}

export declare function debug(message: string, attributes?: Attributes): void
export declare function info(message: string, attributes?: Attributes): void
export declare function warn(message: string, attributes?: Attributes): void
export declare function error(message: string, attributes?: Attributes): void
