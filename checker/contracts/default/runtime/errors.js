function newError(message) {
  return new Error(message);
}

export function wrap(cause, message) {
  return new Error(message, { cause });
}

export { newError as new };
