/** An error with this message: `throw errors.new("no candidate left")`. */
declare function newError(message: string): Error

/** An error with this message, caused by another. */
export declare function wrap<E extends Error>(cause: E, message: string): Error & { readonly cause: E }

export { newError as new }
