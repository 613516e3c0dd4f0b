//! The sandbox that code of a build runs in.
//!
//! On Linux a build runs in user, PID, mount, IPC, network and UTS namespaces of its own: it sees the
//! system's programs, the interpreter and its own folder, and can write to that folder alone. Where
//! the kernel refuses namespaces, Bubblewrap sets up the same if it is installed. Elsewhere
//! [`Sandbox::warning`] says what a build can reach. Limits on time and size hold everywhere.
//!
//! ```text
//! fetch ── sandbox process ──────── init process ───────── pip, backend, compiler
//!          own namespaces           process 1 of the        user 1000, no capabilities
//!          user 0 stands for        PID namespace;
//!          the user who runs fetch  mounts the view
//! ```
//!
//! The two processes in the middle are the executable itself, started under the names that [`enter`]
//! looks for. Each dies with its parent, and the kernel ends all processes of a PID namespace with
//! its process 1, so nothing of a build outlives `fetch`, even if it is killed.
//!
//! <https://man7.org/linux/man-pages/man7/user_namespaces.7.html>,
//! <https://man7.org/linux/man-pages/man2/pivot_root.2.html>

mod bubblewrap;
mod build_folder;
mod confinement;
mod environment;
mod limits;
#[cfg(target_os = "linux")]
mod linux;
mod run_command;
mod setup_file;
mod visible_paths;

pub use confinement::{Confinement, Sandbox};
pub use limits::Limits;
pub use visible_paths::View;

pub(super) use build_folder::BuildFolder;
pub(super) use run_command::{Failure, Job};

/// Becomes a process of a sandbox if the executable was started as one; then this never returns.
///
/// Every executable that builds calls this first, before it starts a thread.
pub fn enter() {
    #[cfg(target_os = "linux")]
    linux::enter();
}
