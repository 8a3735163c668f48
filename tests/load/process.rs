//! Memory, threads and descriptors of this process, and the processes that it starts.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};

pub const KB: usize = 1024;
pub const MB: usize = 1024 * KB;
/// Tells a process of this program that it is the server, and with which options.
pub const SERVER: &str = "AMI_LOAD_SERVER";

fn field(path: &str, name: &str) -> usize {
    let text = std::fs::read_to_string(path).expect("the kernel says it");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("it is there");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Memory in use, in bytes. The cheaper counters are off by some pages for each thread.
pub fn memory() -> usize {
    field("/proc/self/smaps_rollup", "Rss:") * KB
}

/// The most memory that was in use since [`reset_peak_memory`], in bytes.
pub fn peak_memory() -> usize {
    field("/proc/self/status", "VmHWM:") * KB
}

pub fn reset_peak_memory() {
    std::fs::write("/proc/self/clear_refs", "5").expect("the kernel takes it");
}

pub fn threads() -> usize {
    field("/proc/self/status", "Threads:")
}

/// Open file descriptors, without the one that counts them.
pub fn fds() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("the kernel lists them").count() - 1
}

/// Processor time so far.
pub fn cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the kernel says it");
    let time =
        |time: nix::sys::time::TimeVal| Duration::from_micros(time.tv_sec() as u64 * 1_000_000 + time.tv_usec() as u64);
    time(usage.user_time()) + time(usage.system_time())
}

/// As many descriptors as this process may have.
pub fn raise_fd_limit() -> usize {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("there is a limit");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("up to the hard one");
    hard as usize
}

/// For how long tests are run to find what short ones do not.
pub fn soak() -> Option<Duration> {
    let seconds = std::env::var("AMI_SOAK_SECONDS").ok()?;
    Some(Duration::from_secs(seconds.parse().expect("a number of seconds")))
}

/// A port that nobody has, from below those that outgoing connections are given: one that reconnects could otherwise take
/// it, or meet itself there, while the server is down.
pub fn free_port() -> u16 {
    let from = 10_000 + std::process::id() % 10_000;
    (0..10_000)
        .map(|at| (10_000 + (from + at * 7) % 20_000) as u16)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// This share of the times is no longer than what is returned.
pub fn quantile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let at = (times.len() as f64 * share) as usize;
    times.get(at.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// The server, in a process of its own, so that what it takes is not counted here.
pub struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    pub port: u16,
}

impl Server {
    pub fn start(port: u16, cuts: bool) -> Server {
        let itself = std::env::current_exe().expect("a program has a path");
        let mut process = Command::new(itself)
            .env(SERVER, format!("{port} {cuts}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut output = BufReader::new(process.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("text");
        assert_eq!(line, "listening\n", "the server listens");
        Server { process, output, port }
    }

    /// The server's counts so far.
    pub fn report(&mut self) -> Report {
        writeln!(self.process.stdin.as_ref().expect("piped"), "report").expect("it listens");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        let pairs = line.split_whitespace().filter_map(|pair| pair.split_once('='));
        Report(pairs.map(|(name, number)| (name.to_owned(), number.parse().expect("a number"))).collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub struct Report(HashMap<String, u64>);

impl Report {
    pub fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_else(|| panic!("the server reports {name}"))
    }
}
