//! A proxy that takes a silent connection for dead, as those on the way to a worker do.

use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// A proxy of one address. Connections outlive it until they fall silent.
pub struct IdleProxy {
    address: SocketAddr,
    target: Arc<OnceLock<String>>,
    cut: Arc<AtomicUsize>,
}

impl IdleProxy {
    /// Listens; connections wait for nobody before [`IdleProxy::lead_to`] says where they go.
    pub async fn start(longest_silence: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (target, cut) = <(Arc<OnceLock<String>>, Arc<AtomicUsize>)>::default();
        let (to, cuts) = (Arc::clone(&target), Arc::clone(&cut));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (to, cuts) = (Arc::clone(&to), Arc::clone(&cuts));
                tokio::spawn(async move {
                    let Some(to) = to.get() else { return };
                    let Ok(server) = TcpStream::connect(to).await else {
                        return;
                    };
                    if forward(client, server, longest_silence).await == End::CutWhileAsked {
                        cuts.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        Self {
            address,
            target,
            cut,
        }
    }

    /// Where it listens.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it leads.
    pub fn lead_to(&self, origin: &str) {
        let target = origin.trim_start_matches("http://").to_owned();
        self.target.set(target).expect("it leads to one place");
    }

    /// How many connections were cut while an answer was waited for.
    pub fn cut(&self) -> usize {
        self.cut.load(Ordering::SeqCst)
    }
}

#[derive(PartialEq, Eq)]
enum End {
    /// One side was done, or there was silence after an answer.
    Closed,
    /// There was silence, and the last word was the client's.
    CutWhileAsked,
}

async fn forward(mut client: TcpStream, mut server: TcpStream, longest_silence: Duration) -> End {
    let (mut asked, mut answered) = ([0; 16 * 1024], [0; 16 * 1024]);
    let mut waits = false;
    loop {
        let word = async {
            tokio::select! {
                read = client.read(&mut asked) => (true, read.unwrap_or(0)),
                read = server.read(&mut answered) => (false, read.unwrap_or(0)),
            }
        };
        let sent = match timeout(longest_silence, word).await {
            Err(_) if waits => return End::CutWhileAsked,
            Err(_) | Ok((_, 0)) => return End::Closed,
            Ok((true, length)) => {
                waits = true;
                server.write_all(&asked[..length]).await
            }
            Ok((false, length)) => {
                waits = false;
                client.write_all(&answered[..length]).await
            }
        };
        if sent.is_err() {
            return End::Closed;
        }
    }
}
