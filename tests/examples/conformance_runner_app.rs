//! Serves the functions that Inngest's own conformance runner asks an SDK for, on our SDK.
//!
//! ```sh
//! INNGEST_DEV=1 cargo run -p itemsmith-tests --example conformance_runner_app -- 127.0.0.1:3000
//! ```

use std::{env, error::Error};

use itemsmith_conformance_app::configuration;
use itemsmith_tests::runner::serve_runner;
use tokio::{net::TcpListener, sync::mpsc::unbounded_channel};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:3000".into());
    let config = configuration(|name| env::var(name).ok())?.with_host("hyper", None);
    let listener = TcpListener::bind(&address).await?;
    println!("http://{address}/api/inngest");
    let (told, _) = unbounded_channel();
    serve_runner(listener, config, told).await;
    Ok(())
}
