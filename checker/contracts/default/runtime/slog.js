// A template is pure: its log lines go nowhere.
export function debug() {}
export function info() {}
export function warn() {}
export function error() {}
