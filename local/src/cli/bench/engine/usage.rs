//! What a process used of the machine, as Linux tells it under `/proc`.

use std::{
    fs::OpenOptions,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

/// Writes that are flushed for [`flush`].
const FLUSHES: usize = 100;

/// How long the disk under `folder` takes to make a page of 8 KB durable, again and again: no
/// database that keeps its promise commits faster.
///
/// # Errors
/// When the folder cannot be written.
pub fn flush(folder: &Path) -> std::io::Result<Vec<Duration>> {
    let path = folder.join("flush");
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(&path)?;
    let times = (0..FLUSHES).map(|_| {
        file.write_all(&[1; 8192])?;
        let since = Instant::now();
        file.sync_data()?;
        Ok(since.elapsed())
    });
    let times = times.collect::<std::io::Result<_>>()?;
    std::fs::remove_file(&path)?;
    Ok(times)
}

/// CPU time of a process, its threads included.
pub fn cpu(pid: u32) -> Option<Duration> {
    let fields = stat(pid)?;
    Some(ticks(fields.user + fields.system))
}

/// CPU time of a process and of all it started: those that live and those that it has waited for.
pub fn cpu_of_tree(pid: u32) -> Option<Duration> {
    let root = stat(pid)?;
    let mut sum = root.user + root.system + root.waited;
    for entry in std::fs::read_dir("/proc").ok()?.filter_map(Result::ok) {
        let Some(child) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        if let Some(fields) = stat(child).filter(|fields| fields.parent == pid) {
            sum += fields.user + fields.system + fields.waited;
        }
    }
    Some(ticks(sum))
}

/// The most memory that a process ever had resident, in bytes.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

struct Stat {
    parent: u32,
    user: u64,
    system: u64,
    /// Of children that it has waited for.
    waited: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(text: &str) -> Option<Stat> {
    // The second field is the program's name in parentheses; it may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        user: number(11)?,
        system: number(12)?,
        waited: number(13)? + number(14)?,
    })
}

/// The kernel counts these fields in hundredths of a second on every machine (`USER_HZ`).
fn ticks(count: u64) -> Duration {
    Duration::from_millis(count * 10)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_programs_name_may_hold_spaces_and_parentheses() {
        let text = "7 (a ) b) S 3 7 7 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0";
        let stat = parse(text).expect("a line of the kernel's");
        assert_eq!(
            (stat.parent, stat.user, stat.system, stat.waited),
            (3, 11, 22, 77)
        );
    }
}
