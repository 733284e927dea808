//! The connections between the parts of a stack, each led through a relay that counts.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use itemsmith_local::stack::Port;
use tokio::{net::TcpStream, runtime::Handle, sync::watch};

use super::{Moment, Point, relay};

/// Pause between two looks at a victim that is being started again.
const LOOK_PAUSE: Duration = Duration::from_millis(3);

/// Kills a part by its name; comes back when it is gone.
type Killer = Arc<dyn Fn(&str) + Send + Sync>;

/// All the connections of one stack; cheap to clone.
#[derive(Clone)]
pub struct Wires {
    state: Arc<Mutex<State>>,
    runtime: Handle,
}

#[derive(Default)]
struct State {
    links: Vec<Arc<Link>>,
    killer: Option<Killer>,
    /// The links of the messages so far, in order.
    trail: Vec<Arc<Link>>,
    trap: Option<Trap>,
    /// The trap sprang, and the victim is not gone yet.
    striking: bool,
    sprung: Option<String>,
}

struct Trap {
    victim: &'static str,
    point: Point,
}

/// One direction of asking: who asks whom, and where.
pub(super) struct Link {
    from: &'static str,
    to: &'static str,
    /// Where the relay listens.
    port: Port,
    /// Where it leads.
    pub(super) target: String,
    /// Whether the relay is to listen: nobody listens at the address of a dead process.
    pub(super) open: watch::Sender<bool>,
    /// Whether it does.
    pub(super) listening: watch::Sender<bool>,
}

impl Link {
    pub(super) fn address(&self) -> String {
        self.port.address()
    }
}

impl Wires {
    /// None yet. Relays run on the present runtime.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Arc::default(),
            runtime: Handle::current(),
        }
    }

    /// How parts are killed.
    pub fn set_killer(&self, killer: impl Fn(&str) + Send + Sync + 'static) {
        self.lock().killer = Some(Arc::new(killer));
    }

    /// Leads the connections that `from` opens to `to`, which listens at `target` (`host:port`),
    /// through a relay; gives the relay's address.
    ///
    /// # Panics
    /// When there is no port.
    pub fn lead(&self, from: &'static str, to: &'static str, target: &str) -> String {
        let link = Arc::new(Link {
            from,
            to,
            port: Port::claim(None).expect("a port"),
            target: target.to_owned(),
            open: watch::Sender::new(true),
            listening: watch::Sender::new(false),
        });
        self.lock().links.push(Arc::clone(&link));
        let address = link.address();
        self.runtime.spawn(relay::serve(self.clone(), link));
        address
    }

    /// Counts from 1 again and sets no trap.
    pub fn count(&self) {
        let mut state = self.lock();
        state.trail.clear();
        state.trap = None;
        state.sprung = None;
    }

    /// Counts from 1 again, and kills `victim` at `point`.
    pub fn arm(&self, victim: &'static str, point: Point) {
        self.count();
        self.lock().trap = Some(Trap { victim, point });
    }

    /// Messages since the count began.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.lock().trail.len()
    }

    /// Messages on one link since the count began.
    #[must_use]
    pub fn passed_to(&self, to: &str) -> usize {
        self.lock()
            .trail
            .iter()
            .filter(|link| link.to == to)
            .count()
    }

    /// Where the trap sprang, if it did: `engine→worker`.
    #[must_use]
    pub fn sprung(&self) -> Option<String> {
        self.lock().sprung.clone()
    }

    /// Takes away a trap that did not spring, and waits until every part listens again.
    pub async fn mended(&self) {
        while {
            let mut state = self.lock();
            state.trap = None;
            state.striking
        } {
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        let links = self.lock().links.clone();
        for link in links {
            // The sender lives as long as the link.
            drop(
                link.listening
                    .subscribe()
                    .wait_for(|listening| *listening)
                    .await,
            );
        }
    }

    /// A message begins with these bytes; its number, unless it does not count.
    pub(super) fn number(&self, link: &Arc<Link>, start: &[u8]) -> Option<usize> {
        if is_incidental(start) {
            return None;
        }
        let mut state = self.lock();
        state.trail.push(Arc::clone(link));
        Some(state.trail.len())
    }

    /// Springs the trap if it is set here; whether the message still goes on its way.
    pub(super) async fn pass(&self, link: &Link, message: Option<usize>, moment: Moment) -> bool {
        let trap = {
            let mut state = self.lock();
            let here = message.map(|message| Point { message, moment });
            match state.trap.take_if(|trap| Some(trap.point) == here) {
                Some(trap) => {
                    state.striking = true;
                    trap
                }
                None => return true,
            }
        };
        self.strike(trap.victim).await;
        {
            let mut state = self.lock();
            state.sprung = Some(format!("{}→{}", link.from, link.to));
            state.striking = false;
        }
        link.from != trap.victim && link.to != trap.victim
    }

    async fn strike(&self, victim: &'static str) {
        let (links, killer) = {
            let state = self.lock();
            let of_victim = state.links.iter().filter(|link| link.to == victim);
            (of_victim.cloned().collect::<Vec<_>>(), state.killer.clone())
        };
        for link in &links {
            link.open.send_replace(false);
            drop(
                link.listening
                    .subscribe()
                    .wait_for(|listening| !listening)
                    .await,
            );
        }
        let killer = killer.expect("a killer");
        let killed = tokio::task::spawn_blocking(move || killer(victim)).await;
        killed.expect("the victim is killed");
        for link in links {
            self.runtime.spawn(async move {
                while TcpStream::connect(&link.target).await.is_err() {
                    tokio::time::sleep(LOOK_PAUSE).await;
                }
                link.open.send_replace(true);
            });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Wires {
    fn default() -> Self {
        Self::new()
    }
}

/// What belongs to no run and comes at moments of its own: registrations, looks at a service's
/// health, and the opening of a connection to Postgres (start-up and password messages).
fn is_incidental(start: &[u8]) -> bool {
    const INCIDENTAL: [&[u8]; 5] = [b"PUT ", b"POST /fn/register", b"GET /health", b"\0", b"p"];
    INCIDENTAL.iter().any(|known| start.starts_with(known))
}
