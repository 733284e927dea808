# Builds the worker and lays it out as Vercel's Build Output API has it.
set -eu
PATH="$HOME/.cargo/bin:$PATH"
cargo itemsmith build
node edge/vercel/output.mjs
