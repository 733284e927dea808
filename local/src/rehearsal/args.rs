//! The command line of `itemsmith rehearsal`.

use std::{net::SocketAddr, path::PathBuf};

/// A model that answers from scripts, in OpenAI's chat-completions protocol.
///
/// It rehearses the sample items alone, needs no account and calls nobody. The model's name
/// chooses the play: `rehearsal` needs four attempts, `rehearsal-once`, `-twice` and `-thrice` one,
/// two and three, `rehearsal-never` fails for ever. For tests of what surrounds a model:
/// `rehearsal-flaky`, `-down`, `-unauthorized`, `-empty`, `-truncated` and `-refused`.
#[derive(Debug, Clone, clap::Args)]
pub struct RehearsalArgs {
    /// Address to serve on; port 0 takes a free one, told in the "listening" log line.
    #[arg(long, env = "REHEARSAL_LISTEN", default_value = "127.0.0.1:8290")]
    pub listen: SocketAddr,
    /// Folder with one folder of scripted replies per item.
    #[arg(long, env = "REHEARSAL_SCRIPTS", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rehearsal"))]
    pub scripts: PathBuf,
    /// Milliseconds to wait before each answer, so that a person can follow.
    #[arg(long, env = "REHEARSAL_DELAY_MS", default_value_t = 0)]
    pub delay_ms: u64,
}
