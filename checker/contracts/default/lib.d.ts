// What a template may use of the language's own library. Everything that could make two runs
// differ, or reach outside, is left out on purpose: using it is a type error.

declare var NaN: number
declare var Infinity: number
declare function parseInt(text: string, radix?: number): number
declare function parseFloat(text: string): number
declare function isNaN(value: number): boolean
declare function isFinite(value: number): boolean

type PropertyKey = string | number | symbol

interface Object {
  toString(): string
  valueOf(): Object
  hasOwnProperty(key: PropertyKey): boolean
}
interface ObjectConstructor {
  keys(value: object): string[]
  values<T>(value: { [key: string]: T } | ArrayLike<T>): T[]
  entries<T>(value: { [key: string]: T } | ArrayLike<T>): [string, T][]
  fromEntries<T>(entries: Iterable<readonly [PropertyKey, T]>): { [key: string]: T }
  assign<T extends object, A>(target: T, source: A): T & A
  assign<T extends object, A, B>(target: T, first: A, second: B): T & A & B
  freeze<T>(value: T): Readonly<T>
  is(left: unknown, right: unknown): boolean
  hasOwn(value: object, key: PropertyKey): boolean
}
declare var Object: ObjectConstructor

interface Function {
  readonly name: string
  readonly length: number
}
interface CallableFunction extends Function {
  call<T, A extends unknown[], R>(this: (this: T, ...args: A) => R, self: T, ...args: A): R
  apply<T, A extends unknown[], R>(this: (this: T, ...args: A) => R, self: T, args: A): R
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
  asin(x: number): number
  atan(x: number): number
  atan2(y: number, x: number): number
  cbrt(x: number): number
  ceil(x: number): number
  clz32(x: number): number
  cos(x: number): number
  exp(x: number): number
  floor(x: number): number
  fround(x: number): number
  hypot(...values: number[]): number
  imul(x: number, y: number): number
  log(x: number): number
  log10(x: number): number
  log2(x: number): number
  max(...values: number[]): number
  min(...values: number[]): number
  pow(x: number, y: number): number
  round(x: number): number
  sign(x: number): number
  sin(x: number): number
  sqrt(x: number): number
  tan(x: number): number
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
  lastIndexOf(text: string, from?: number): number
  match(pattern: string | RegExp): RegExpMatchArray | null
  matchAll(pattern: RegExp): RegExpStringIterator<RegExpExecArray>
  padEnd(length: number, fill?: string): string
  padStart(length: number, fill?: string): string
  repeat(count: number): string
  replace(pattern: string | RegExp, replacement: string): string
  replace(
    pattern: string | RegExp,
    replacer: (match: string, ...groups: string[]) => string,
  ): string
  replaceAll(pattern: string | RegExp, replacement: string): string
  replaceAll(
    pattern: string | RegExp,
    replacer: (match: string, ...groups: string[]) => string,
  ): string
  search(pattern: string | RegExp): number
  slice(start?: number, end?: number): string
  split(separator: string | RegExp, limit?: number): string[]
  startsWith(text: string, from?: number): boolean
  substring(start: number, end?: number): string
  toLowerCase(): string
  toString(): string
  toUpperCase(): string
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
}
declare var RangeError: RangeErrorConstructor
interface TypeError extends Error {}
interface TypeErrorConstructor {
  new (message?: string, options?: ErrorOptions): TypeError
}
declare var TypeError: TypeErrorConstructor

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
  flat<U>(this: readonly (U | readonly U[])[]): U[]
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
  fill(value: T, start?: number, end?: number): this
  filter<S extends T>(test: (value: T, index: number, array: T[]) => value is S): S[]
  filter(test: (value: T, index: number, array: T[]) => unknown): T[]
  find<S extends T>(test: (value: T, index: number, array: T[]) => value is S): S | undefined
  find(test: (value: T, index: number, array: T[]) => unknown): T | undefined
  findIndex(test: (value: T, index: number, array: T[]) => unknown): number
  findLast<S extends T>(test: (value: T, index: number, array: T[]) => value is S): S | undefined
  findLast(test: (value: T, index: number, array: T[]) => unknown): T | undefined
  findLastIndex(test: (value: T, index: number, array: T[]) => unknown): number
  flat<U>(this: readonly (U | readonly U[])[]): U[]
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
  toString(): string
  unshift(...items: T[]): number
  values(): ArrayIterator<T>
  with(index: number, value: T): T[]
  [Symbol.iterator](): ArrayIterator<T>
}
interface ArrayConstructor {
  new <T>(...items: T[]): T[]
  new <T>(length: number): T[]
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
  forEach(visit: (value: V, key: K) => void): void
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
  new <K, V>(entries?: Iterable<readonly [K, V]> | null): Map<K, V>
}
declare var Map: MapConstructor

interface ReadonlySet<T> {
  readonly size: number
  has(value: T): boolean
  forEach(visit: (value: T) => void): void
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
  new <T>(values?: Iterable<T> | null): Set<T>
}
declare var Set: SetConstructor

interface JSON {
  stringify(value: unknown, keys?: (string | number)[] | null, space?: string | number): string
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
type Uppercase<S extends string> = intrinsic
type Lowercase<S extends string> = intrinsic
type Capitalize<S extends string> = intrinsic
type Uncapitalize<S extends string> = intrinsic
type NoInfer<T> = intrinsic
interface ThisType<T> {}
