//! One relay: connections are passed on byte for byte. Where the direction changes, a message or
//! its answer begins: neither HTTP/1.1 nor Postgres's clients here ask before they were answered.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{Moment, Wires, wires::Link};

/// Pause between two tries to listen again where a connection lingers.
const BIND_PAUSE: Duration = Duration::from_millis(3);

/// Listens while the link is open.
pub(super) async fn serve(wires: Wires, link: Arc<Link>) {
    let mut open = link.open.subscribe();
    loop {
        drop(open.wait_for(|open| *open).await);
        let Ok(listener) = TcpListener::bind(link.address()).await else {
            tokio::time::sleep(BIND_PAUSE).await;
            continue;
        };
        link.listening.send_replace(true);
        loop {
            tokio::select! {
                _ = open.wait_for(|open| !open) => break,
                accepted = listener.accept() => if let Ok((client, _)) = accepted {
                    tokio::spawn(pass(wires.clone(), Arc::clone(&link), client));
                },
            }
        }
        drop(listener);
        link.listening.send_replace(false);
    }
}

async fn pass(wires: Wires, link: Arc<Link>, mut client: TcpStream) {
    let Ok(mut server) = TcpStream::connect(&link.target).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut asking = false;
    let mut message = None;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(read @ 1..) = read else { return };
                if !asking {
                    asking = true;
                    message = wires.number(&link, &asked[..read]);
                    if !wires.pass(&link, message, Moment::Sent).await {
                        return;
                    }
                }
                if server.write_all(&asked[..read]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(read @ 1..) = read else { return };
                if asking {
                    asking = false;
                    if !wires.pass(&link, message, Moment::Answered).await {
                        return;
                    }
                }
                if client.write_all(&answered[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}
