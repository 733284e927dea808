// What a template may use of the language's own library. Everything that could make two runs
// differ, or reach outside, is left out on purpose: using it is a type error.

declare var NaN: number
declare var Infinity: number
declare function parseInt(text: string, radix?: number): number
declare function parseFloat(text: string): number
declare function isNaN(value: number): boolean
declare function isFinite(value: number): boolean
declare function encodeURIComponent(text: string | number | boolean): string
declare function decodeURIComponent(text: string): string
declare function encodeURI(text: string): string
declare function decodeURI(text: string): string

type PropertyKey = string | number | symbol

interface Object {
  toString(): string
  valueOf(): Object
  hasOwnProperty(key: PropertyKey): boolean
}
interface ObjectConstructor {
  keys(value: object): string[]
  values<T>(value: { [key: string]: T } | ArrayLike<T>): T[]
  values(value: object): unknown[]
  entries<T>(value: { [key: string]: T } | ArrayLike<T>): [string, T][]
  entries(value: object): [string, unknown][]
  fromEntries<T>(entries: Iterable<readonly [PropertyKey, T]>): { [key: string]: T }
  assign<T extends object, A>(target: T, source: A): T & A
  assign<T extends object, A, B>(target: T, first: A, second: B): T & A & B
  assign<T extends object, A, B, C>(target: T, first: A, second: B, third: C): T & A & B & C
  freeze<T>(value: T): Readonly<T>
  isFrozen(value: unknown): boolean
  seal<T>(value: T): T
  isSealed(value: unknown): boolean
  getOwnPropertyNames(value: object): string[]
  groupBy<T, K extends PropertyKey>(
    values: Iterable<T>,
    key: (value: T, index: number) => K,
  ): Partial<Record<K, T[]>>
  is(left: unknown, right: unknown): boolean
  hasOwn(value: object, key: PropertyKey): boolean
}
declare var Object: ObjectConstructor

// The call signature keeps a value that only `typeof f === "function"` is known of from being
// called: without it the compiler lets it take and give back `any`.
interface Function {
  (...args: never): unknown
  readonly name: string
  readonly length: number
}
interface CallableFunction extends Function {
  call<T, A extends unknown[], R>(this: (this: T, ...args: A) => R, self: T, ...args: A): R
  apply<T, A extends unknown[], R>(this: (this: T, ...args: A) => R, self: T, args: A): R
  bind<T>(this: T, self: ThisParameterType<T>): OmitThisParameter<T>
  bind<T, A extends unknown[], B extends unknown[], R>(
    this: (this: T, ...args: [...A, ...B]) => R,
    self: T,
    ...args: A
  ): (...args: B) => R
}
interface NewableFunction extends Function {}
interface IArguments {
  readonly length: number
  [index: number]: unknown
}

interface Symbol {
  toString(): string
  readonly description: string | undefined
}
interface SymbolConstructor {
  (description?: string | number): symbol
  readonly iterator: unique symbol
}
declare var Symbol: SymbolConstructor

interface IteratorYieldResult<T> {
  done?: false
  value: T
}
interface IteratorReturnResult<R> {
  done: true
  value: R
}
type IteratorResult<T, R = unknown> = IteratorYieldResult<T> | IteratorReturnResult<R>
type BuiltinIteratorReturn = intrinsic
interface Iterator<T, R = unknown, N = unknown> {
  next(...args: [] | [N]): IteratorResult<T, R>
  return?(value?: R): IteratorResult<T, R>
  throw?(error?: unknown): IteratorResult<T, R>
}
interface Iterable<T, R = unknown, N = unknown> {
  [Symbol.iterator](): Iterator<T, R, N>
}
interface IterableIterator<T, R = unknown, N = unknown> extends Iterator<T, R, N> {
  [Symbol.iterator](): IterableIterator<T, R, N>
}
interface IteratorObject<T, R = unknown, N = unknown> extends Iterator<T, R, N> {
  [Symbol.iterator](): IteratorObject<T, R, N>
  drop(count: number): IteratorObject<T, undefined, unknown>
  every(test: (value: T, index: number) => unknown): boolean
  filter<S extends T>(
    test: (value: T, index: number) => value is S,
  ): IteratorObject<S, undefined, unknown>
  filter(test: (value: T, index: number) => unknown): IteratorObject<T, undefined, unknown>
  find<S extends T>(test: (value: T, index: number) => value is S): S | undefined
  find(test: (value: T, index: number) => unknown): T | undefined
  flatMap<U>(
    map: (value: T, index: number) => Iterator<U> | Iterable<U>,
  ): IteratorObject<U, undefined, unknown>
  forEach(visit: (value: T, index: number) => void): void
  map<U>(map: (value: T, index: number) => U): IteratorObject<U, undefined, unknown>
  reduce(fold: (sum: T, value: T, index: number) => T): T
  reduce<U>(fold: (sum: U, value: T, index: number) => U, start: U): U
  some(test: (value: T, index: number) => unknown): boolean
  take(count: number): IteratorObject<T, undefined, unknown>
  toArray(): T[]
}
interface ArrayIterator<T> extends IteratorObject<T, BuiltinIteratorReturn, unknown> {
  [Symbol.iterator](): ArrayIterator<T>
}
interface MapIterator<T> extends IteratorObject<T, BuiltinIteratorReturn, unknown> {
  [Symbol.iterator](): MapIterator<T>
}
interface SetIterator<T> extends IteratorObject<T, BuiltinIteratorReturn, unknown> {
  [Symbol.iterator](): SetIterator<T>
}
interface StringIterator<T> extends IteratorObject<T, BuiltinIteratorReturn, unknown> {
  [Symbol.iterator](): StringIterator<T>
}
interface RegExpStringIterator<T> extends IteratorObject<T, BuiltinIteratorReturn, unknown> {
  [Symbol.iterator](): RegExpStringIterator<T>
}
interface Generator<T = unknown, R = unknown, N = unknown> extends IteratorObject<T, R, N> {
  next(...args: [] | [N]): IteratorResult<T, R>
  return(value: R): IteratorResult<T, R>
  throw(error: unknown): IteratorResult<T, R>
  [Symbol.iterator](): Generator<T, R, N>
}

interface Boolean {
  valueOf(): boolean
}
interface BooleanConstructor {
  new (value?: unknown): Boolean
  <T>(value?: T): boolean
}
declare var Boolean: BooleanConstructor

interface Number {
  toString(radix?: number): string
  toFixed(digits?: number): string
  toPrecision(digits?: number): string
  toExponential(digits?: number): string
  valueOf(): number
}
interface NumberConstructor {
  (value?: unknown): number
  readonly EPSILON: number
  readonly MAX_SAFE_INTEGER: number
  readonly MIN_SAFE_INTEGER: number
  readonly MAX_VALUE: number
  readonly MIN_VALUE: number
  readonly NaN: number
  readonly POSITIVE_INFINITY: number
  readonly NEGATIVE_INFINITY: number
  isFinite(value: unknown): boolean
  isInteger(value: unknown): boolean
  isNaN(value: unknown): boolean
  isSafeInteger(value: unknown): boolean
  parseFloat(text: string): number
  parseInt(text: string, radix?: number): number
}
declare var Number: NumberConstructor

interface BigInt {
  toString(radix?: number): string
  valueOf(): bigint
}
interface BigIntConstructor {
  (value: bigint | boolean | number | string): bigint
  asIntN(bits: number, value: bigint): bigint
  asUintN(bits: number, value: bigint): bigint
}
declare var BigInt: BigIntConstructor

interface Math {
  readonly E: number
  readonly LN10: number
  readonly LN2: number
  readonly LOG10E: number
  readonly LOG2E: number
  readonly PI: number
  readonly SQRT1_2: number
  readonly SQRT2: number
  abs(x: number): number
  acos(x: number): number
  acosh(x: number): number
  asin(x: number): number
  asinh(x: number): number
  atan(x: number): number
  atan2(y: number, x: number): number
  atanh(x: number): number
  cbrt(x: number): number
  ceil(x: number): number
  clz32(x: number): number
  cos(x: number): number
  cosh(x: number): number
  exp(x: number): number
  expm1(x: number): number
  floor(x: number): number
  fround(x: number): number
  hypot(...values: number[]): number
  imul(x: number, y: number): number
  log(x: number): number
  log10(x: number): number
  log1p(x: number): number
  log2(x: number): number
  max(...values: number[]): number
  min(...values: number[]): number
  pow(x: number, y: number): number
  round(x: number): number
  sign(x: number): number
  sin(x: number): number
  sinh(x: number): number
  sqrt(x: number): number
  tan(x: number): number
  tanh(x: number): number
  trunc(x: number): number
}
declare var Math: Math

interface TemplateStringsArray extends ReadonlyArray<string> {
  readonly raw: readonly string[]
}

interface String {
  readonly length: number
  readonly [index: number]: string
  at(index: number): string | undefined
  charAt(index: number): string
  charCodeAt(index: number): number
  codePointAt(index: number): number | undefined
  concat(...texts: string[]): string
  endsWith(text: string, end?: number): boolean
  includes(text: string, from?: number): boolean
  indexOf(text: string, from?: number): number
  isWellFormed(): boolean
  lastIndexOf(text: string, from?: number): number
  match(pattern: string | RegExp): RegExpMatchArray | null
  matchAll(pattern: RegExp): RegExpStringIterator<RegExpExecArray>
  normalize(form?: "NFC" | "NFD" | "NFKC" | "NFKD"): string
  padEnd(length: number, fill?: string): string
  padStart(length: number, fill?: string): string
  repeat(count: number): string
  replace(pattern: string | RegExp, replacement: string): string
  replace(
    pattern: string | RegExp,
    replacer: (match: string, ...groups: string[]) => string,
  ): string
  replace(
    pattern: string | RegExp,
    replacer: (match: string, at: number, text: string) => string,
  ): string
  replace(
    pattern: string | RegExp,
    replacer: (match: string, group: string, at: number, text: string) => string,
  ): string
  replace(
    pattern: string | RegExp,
    replacer: (match: string, one: string, two: string, at: number, text: string) => string,
  ): string
  replaceAll(pattern: string | RegExp, replacement: string): string
  replaceAll(
    pattern: string | RegExp,
    replacer: (match: string, ...groups: string[]) => string,
  ): string
  replaceAll(
    pattern: string | RegExp,
    replacer: (match: string, at: number, text: string) => string,
  ): string
  replaceAll(
    pattern: string | RegExp,
    replacer: (match: string, group: string, at: number, text: string) => string,
  ): string
  replaceAll(
    pattern: string | RegExp,
    replacer: (match: string, one: string, two: string, at: number, text: string) => string,
  ): string
  search(pattern: string | RegExp): number
  slice(start?: number, end?: number): string
  split(separator: string | RegExp, limit?: number): string[]
  startsWith(text: string, from?: number): boolean
  substr(start: number, length?: number): string
  substring(start: number, end?: number): string
  toLowerCase(): string
  toString(): string
  toUpperCase(): string
  toWellFormed(): string
  trim(): string
  trimEnd(): string
  trimStart(): string
  valueOf(): string
  [Symbol.iterator](): StringIterator<string>
}
interface StringConstructor {
  (value?: unknown): string
  fromCharCode(...units: number[]): string
  fromCodePoint(...points: number[]): string
  raw(strings: { raw: readonly string[] }, ...values: unknown[]): string
}
declare var String: StringConstructor

interface RegExpMatchArray extends Array<string> {
  0: string
  index?: number
  input?: string
  groups?: { [name: string]: string }
}
interface RegExpExecArray extends Array<string> {
  0: string
  index: number
  input: string
  groups?: { [name: string]: string }
}
interface RegExp {
  exec(text: string): RegExpExecArray | null
  test(text: string): boolean
  readonly source: string
  readonly flags: string
  readonly global: boolean
  readonly ignoreCase: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
  readonly unicode: boolean
  readonly unicodeSets: boolean
  readonly sticky: boolean
  readonly hasIndices: boolean
  lastIndex: number
}
interface RegExpConstructor {
  new (pattern: string | RegExp, flags?: string): RegExp
  (pattern: string | RegExp, flags?: string): RegExp
}
declare var RegExp: RegExpConstructor

interface ErrorOptions {
  cause?: unknown
}
interface Error {
  name: string
  message: string
  cause?: unknown
}
interface ErrorConstructor {
  new (message?: string, options?: ErrorOptions): Error
  (message?: string, options?: ErrorOptions): Error
}
declare var Error: ErrorConstructor
interface RangeError extends Error {}
interface RangeErrorConstructor {
  new (message?: string, options?: ErrorOptions): RangeError
  (message?: string, options?: ErrorOptions): RangeError
}
declare var RangeError: RangeErrorConstructor
interface TypeError extends Error {}
interface TypeErrorConstructor {
  new (message?: string, options?: ErrorOptions): TypeError
  (message?: string, options?: ErrorOptions): TypeError
}
declare var TypeError: TypeErrorConstructor
interface SyntaxError extends Error {}
interface SyntaxErrorConstructor {
  new (message?: string, options?: ErrorOptions): SyntaxError
  (message?: string, options?: ErrorOptions): SyntaxError
}
declare var SyntaxError: SyntaxErrorConstructor
interface ReferenceError extends Error {}
interface ReferenceErrorConstructor {
  new (message?: string, options?: ErrorOptions): ReferenceError
  (message?: string, options?: ErrorOptions): ReferenceError
}
declare var ReferenceError: ReferenceErrorConstructor
interface EvalError extends Error {}
interface EvalErrorConstructor {
  new (message?: string, options?: ErrorOptions): EvalError
  (message?: string, options?: ErrorOptions): EvalError
}
declare var EvalError: EvalErrorConstructor
interface URIError extends Error {}
interface URIErrorConstructor {
  new (message?: string, options?: ErrorOptions): URIError
  (message?: string, options?: ErrorOptions): URIError
}
declare var URIError: URIErrorConstructor
interface AggregateError extends Error {
  errors: unknown[]
}
interface AggregateErrorConstructor {
  new (errors: Iterable<unknown>, message?: string, options?: ErrorOptions): AggregateError
  (errors: Iterable<unknown>, message?: string, options?: ErrorOptions): AggregateError
}
declare var AggregateError: AggregateErrorConstructor

type FlatArray<A, D extends number> = {
  done: A
  recur: A extends ReadonlyArray<infer Inner>
    ? FlatArray<Inner, [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20][D]>
    : A
}[D extends -1 ? "done" : "recur"]

interface ArrayLike<T> {
  readonly length: number
  readonly [index: number]: T
}
interface ConcatArray<T> {
  readonly length: number
  readonly [index: number]: T
  join(separator?: string): string
  slice(start?: number, end?: number): T[]
}

interface ReadonlyArray<T> {
  readonly length: number
  readonly [index: number]: T
  at(index: number): T | undefined
  concat(...items: (T | ConcatArray<T>)[]): T[]
  entries(): ArrayIterator<[number, T]>
  every<S extends T>(
    test: (value: T, index: number, array: readonly T[]) => value is S,
  ): this is readonly S[]
  every(test: (value: T, index: number, array: readonly T[]) => unknown): boolean
  filter<S extends T>(test: (value: T, index: number, array: readonly T[]) => value is S): S[]
  filter(test: (value: T, index: number, array: readonly T[]) => unknown): T[]
  find<S extends T>(
    test: (value: T, index: number, array: readonly T[]) => value is S,
  ): S | undefined
  find(test: (value: T, index: number, array: readonly T[]) => unknown): T | undefined
  findIndex(test: (value: T, index: number, array: readonly T[]) => unknown): number
  findLast<S extends T>(
    test: (value: T, index: number, array: readonly T[]) => value is S,
  ): S | undefined
  findLast(test: (value: T, index: number, array: readonly T[]) => unknown): T | undefined
  findLastIndex(test: (value: T, index: number, array: readonly T[]) => unknown): number
  flat<A, D extends number = 1>(this: A, depth?: D): FlatArray<A, D>[]
  flatMap<U>(map: (value: T, index: number, array: readonly T[]) => U | readonly U[]): U[]
  forEach(visit: (value: T, index: number, array: readonly T[]) => void): void
  includes(value: T, from?: number): boolean
  indexOf(value: T, from?: number): number
  join(separator?: string): string
  keys(): ArrayIterator<number>
  lastIndexOf(value: T, from?: number): number
  map<U>(map: (value: T, index: number, array: readonly T[]) => U): U[]
  reduce(fold: (sum: T, value: T, index: number, array: readonly T[]) => T): T
  reduce<U>(fold: (sum: U, value: T, index: number, array: readonly T[]) => U, start: U): U
  reduceRight(fold: (sum: T, value: T, index: number, array: readonly T[]) => T): T
  reduceRight<U>(fold: (sum: U, value: T, index: number, array: readonly T[]) => U, start: U): U
  slice(start?: number, end?: number): T[]
  some(test: (value: T, index: number, array: readonly T[]) => unknown): boolean
  toReversed(): T[]
  toSorted(compare?: (left: T, right: T) => number): T[]
  toSpliced(start: number, remove?: number, ...items: T[]): T[]
  toString(): string
  values(): ArrayIterator<T>
  with(index: number, value: T): T[]
  [Symbol.iterator](): ArrayIterator<T>
}

interface Array<T> {
  length: number
  [index: number]: T
  at(index: number): T | undefined
  concat(...items: (T | ConcatArray<T>)[]): T[]
  entries(): ArrayIterator<[number, T]>
  every<S extends T>(test: (value: T, index: number, array: T[]) => value is S): this is S[]
  every(test: (value: T, index: number, array: T[]) => unknown): boolean
  copyWithin(target: number, start: number, end?: number): this
  fill(value: T, start?: number, end?: number): this
  // `new Array(3).fill("x")`
  fill<U>(this: undefined[], value: U, start?: number, end?: number): U[]
  filter<S extends T>(test: (value: T, index: number, array: T[]) => value is S): S[]
  filter(test: (value: T, index: number, array: T[]) => unknown): T[]
  find<S extends T>(test: (value: T, index: number, array: T[]) => value is S): S | undefined
  find(test: (value: T, index: number, array: T[]) => unknown): T | undefined
  findIndex(test: (value: T, index: number, array: T[]) => unknown): number
  findLast<S extends T>(test: (value: T, index: number, array: T[]) => value is S): S | undefined
  findLast(test: (value: T, index: number, array: T[]) => unknown): T | undefined
  findLastIndex(test: (value: T, index: number, array: T[]) => unknown): number
  flat<A, D extends number = 1>(this: A, depth?: D): FlatArray<A, D>[]
  flatMap<U>(map: (value: T, index: number, array: T[]) => U | readonly U[]): U[]
  forEach(visit: (value: T, index: number, array: T[]) => void): void
  includes(value: T, from?: number): boolean
  indexOf(value: T, from?: number): number
  join(separator?: string): string
  keys(): ArrayIterator<number>
  lastIndexOf(value: T, from?: number): number
  map<U>(map: (value: T, index: number, array: T[]) => U): U[]
  pop(): T | undefined
  push(...items: T[]): number
  reduce(fold: (sum: T, value: T, index: number, array: T[]) => T): T
  reduce<U>(fold: (sum: U, value: T, index: number, array: T[]) => U, start: U): U
  reduceRight(fold: (sum: T, value: T, index: number, array: T[]) => T): T
  reduceRight<U>(fold: (sum: U, value: T, index: number, array: T[]) => U, start: U): U
  reverse(): T[]
  shift(): T | undefined
  slice(start?: number, end?: number): T[]
  some(test: (value: T, index: number, array: T[]) => unknown): boolean
  sort(compare?: (left: T, right: T) => number): this
  splice(start: number, remove?: number, ...items: T[]): T[]
  toReversed(): T[]
  toSorted(compare?: (left: T, right: T) => number): T[]
  toSpliced(start: number, remove?: number, ...items: T[]): T[]
  toString(): string
  unshift(...items: T[]): number
  values(): ArrayIterator<T>
  with(index: number, value: T): T[]
  [Symbol.iterator](): ArrayIterator<T>
}
interface ArrayConstructor {
  // `instanceof` narrows to the type of this member; without it to an array of any.
  readonly prototype: unknown[]
  new <T = undefined>(length: number): T[]
  new <T>(...items: T[]): T[]
  <T = undefined>(length: number): T[]
  <T>(...items: T[]): T[]
  from<T>(source: Iterable<T> | ArrayLike<T>): T[]
  from<T, U>(source: Iterable<T> | ArrayLike<T>, map: (value: T, index: number) => U): U[]
  isArray(value: unknown): value is unknown[]
  of<T>(...items: T[]): T[]
}
declare var Array: ArrayConstructor

interface ReadonlyMap<K, V> {
  readonly size: number
  get(key: K): V | undefined
  has(key: K): boolean
  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void
  entries(): MapIterator<[K, V]>
  keys(): MapIterator<K>
  values(): MapIterator<V>
  [Symbol.iterator](): MapIterator<[K, V]>
}
interface Map<K, V> extends ReadonlyMap<K, V> {
  clear(): void
  delete(key: K): boolean
  set(key: K, value: V): this
}
interface MapConstructor {
  readonly prototype: Map<unknown, unknown>
  groupBy<T, K>(values: Iterable<T>, key: (value: T, index: number) => K): Map<K, T[]>
  new <K, V>(entries?: Iterable<readonly [K, V]> | null): Map<K, V>
}
declare var Map: MapConstructor

interface ReadonlySetLike<T> {
  readonly size: number
  has(value: T): boolean
  keys(): Iterator<T>
}
interface ReadonlySet<T> {
  readonly size: number
  has(value: T): boolean
  forEach(visit: (value: T, again: T, set: ReadonlySet<T>) => void): void
  union<U>(other: ReadonlySetLike<U>): Set<T | U>
  intersection<U>(other: ReadonlySetLike<U>): Set<T & U>
  difference<U>(other: ReadonlySetLike<U>): Set<T>
  symmetricDifference<U>(other: ReadonlySetLike<U>): Set<T | U>
  isSubsetOf(other: ReadonlySetLike<unknown>): boolean
  isSupersetOf(other: ReadonlySetLike<unknown>): boolean
  isDisjointFrom(other: ReadonlySetLike<unknown>): boolean
  entries(): SetIterator<[T, T]>
  keys(): SetIterator<T>
  values(): SetIterator<T>
  [Symbol.iterator](): SetIterator<T>
}
interface Set<T> extends ReadonlySet<T> {
  add(value: T): this
  clear(): void
  delete(value: T): boolean
}
interface SetConstructor {
  readonly prototype: Set<unknown>
  new <T>(values?: Iterable<T> | null): Set<T>
}
declare var Set: SetConstructor

interface WeakMap<K extends object, V> {
  get(key: K): V | undefined
  has(key: K): boolean
  set(key: K, value: V): this
  delete(key: K): boolean
}
interface WeakMapConstructor {
  readonly prototype: WeakMap<object, unknown>
  new <K extends object, V>(entries?: Iterable<readonly [K, V]> | null): WeakMap<K, V>
}
declare var WeakMap: WeakMapConstructor
interface WeakSet<T extends object> {
  add(value: T): this
  has(value: T): boolean
  delete(value: T): boolean
}
interface WeakSetConstructor {
  readonly prototype: WeakSet<object>
  new <T extends object>(values?: Iterable<T> | null): WeakSet<T>
}
declare var WeakSet: WeakSetConstructor

interface JSON {
  stringify(value: unknown, keys?: (string | number)[] | null, space?: string | number): string
  stringify(
    value: unknown,
    replacer: (key: string, value: unknown) => unknown,
    space?: string | number,
  ): string
}
declare var JSON: JSON

type Partial<T> = { [K in keyof T]?: T[K] }
type Required<T> = { [K in keyof T]-?: T[K] }
type Readonly<T> = { readonly [K in keyof T]: T[K] }
type Pick<T, K extends keyof T> = { [P in K]: T[P] }
type Record<K extends PropertyKey, T> = { [P in K]: T }
type Exclude<T, U> = T extends U ? never : T
type Extract<T, U> = T extends U ? T : never
type Omit<T, K extends PropertyKey> = Pick<T, Exclude<keyof T, K>>
type NonNullable<T> = T & {}
type Parameters<T extends (...args: never) => unknown> = T extends (...args: infer P) => unknown
  ? P
  : never
type ReturnType<T extends (...args: never) => unknown> = T extends (...args: never) => infer R
  ? R
  : never
type ConstructorParameters<T extends abstract new (...args: never) => unknown> =
  T extends abstract new (...args: infer P) => unknown ? P : never
type InstanceType<T extends abstract new (...args: never) => unknown> = T extends abstract new (
  ...args: never
) => infer R
  ? R
  : never
type ThisParameterType<T> = T extends (this: infer U, ...args: never) => unknown ? U : unknown
type OmitThisParameter<T> = unknown extends ThisParameterType<T>
  ? T
  : T extends (...args: infer A) => infer R
    ? (...args: A) => R
    : T
type Uppercase<S extends string> = intrinsic
type Lowercase<S extends string> = intrinsic
type Capitalize<S extends string> = intrinsic
type Uncapitalize<S extends string> = intrinsic
type NoInfer<T> = intrinsic
interface ThisType<T> {}
