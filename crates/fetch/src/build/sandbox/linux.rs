//! The processes that set up a sandbox on Linux, from the setup file that the first argument names.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitStatus};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::{set_dumpable, set_no_new_privs, set_pdeathsig};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::Signal;
use nix::unistd::{chdir, close, getegid, geteuid, getppid, pivot_root, sethostname, setsid};

use super::bubblewrap::link_at_the_top;
use super::limits::PROCESSES;
use super::setup_file::{INSIDE, PASSWD, Setup, TEMPORARY, USER};

/// The name that the first process of a sandbox is started under.
pub(super) const SANDBOX: &str = "harden-sandbox";
/// The name of the second, which is process 1 of its PID namespace.
const INIT: &str = "harden-sandbox-init";
/// The exit code of a sandbox that could not be set up.
const NOT_SET_UP: i32 = 125;
/// The device files of a build.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];
/// What root outside could change in `/proc` by its user number alone, without a capability.
const KERNEL: [&str; 5] = ["sys", "sysrq-trigger", "irq", "bus", "fs"];

/// What could not be set up, and why.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
struct Fault {
    what: String,
    why: io::Error,
}

/// Names what failed.
fn at<E: Into<io::Error>>(what: impl Into<String>) -> impl FnOnce(E) -> Fault {
    let what = what.into();
    move |why| Fault {
        what,
        why: why.into(),
    }
}

/// Becomes a process of a sandbox if the executable was started as one; then this never returns.
pub(super) fn enter() {
    let mut words = env::args_os();
    let name = words.next();
    let stage = match name.as_deref().and_then(OsStr::to_str) {
        Some(SANDBOX) => sandbox,
        Some(INIT) => init,
        _ => return,
    };
    let code = stage(&words.collect::<Vec<_>>()).unwrap_or_else(|fault| {
        eprintln!("the sandbox cannot be set up: {fault}");
        NOT_SET_UP
    });
    process::exit(code);
}

/// The first process: parts with the namespaces of its parent.
fn sandbox(words: &[OsString]) -> Result<i32, Fault> {
    let (setup, command) = read(words)?;
    set_pdeathsig(Signal::SIGKILL).map_err(at("die with the parent"))?;
    if getppid().as_raw().cast_unsigned() != setup.parent {
        return Ok(NOT_SET_UP);
    }
    // Fails where it leads a session already.
    let _ = setsid();
    close_inherited();
    if !setup.namespaces {
        limit(&setup)?;
        let why = command.into_command().exec();
        return Err(at("start the command")(why));
    }
    let namespaces = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWUTS;
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    unshare(namespaces).map_err(at("make namespaces"))?;
    map(0, user, group)?;
    let mut init = Command::new("/proc/self/exe");
    let ended = init.arg0(INIT).args(words).status();
    Ok(code(ended.map_err(at("start process 1"))?))
}

/// The second process, as root of its namespaces: makes the view, gives up what it may do, and runs
/// the command. When it ends, the kernel ends what is left of the command.
fn init(words: &[OsString]) -> Result<i32, Fault> {
    let (setup, command) = read(words)?;
    set_pdeathsig(Signal::SIGKILL).map_err(at("die with the parent"))?;
    sethostname("build").map_err(at("name the host"))?;
    make_view(&setup)?;
    limit(&setup)?;
    // Capabilities of a second user namespace say nothing about the mounts, which belong to the first.
    unshare(CloneFlags::CLONE_NEWUSER).map_err(at("make a user namespace"))?;
    map(USER, 0, 0)?;
    set_no_new_privs().map_err(at("keep privileges from growing"))?;
    set_dumpable(false).map_err(at("keep others out of this process"))?;
    let mut command = command.into_command();
    let ended = command.current_dir(&setup.current_dir).status();
    Ok(code(ended.map_err(at("start the command"))?))
}

/// The command that a sandbox is for.
struct Inner<'a> {
    program: &'a OsStr,
    arguments: &'a [OsString],
}

impl Inner<'_> {
    fn into_command(self) -> Command {
        let mut command = Command::new(self.program);
        command.args(self.arguments);
        command
    }
}

fn read(words: &[OsString]) -> Result<(Setup, Inner<'_>), Fault> {
    let [setup, program, arguments @ ..] = words else {
        let why = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(at("read the command")(why));
    };
    let read = fs::read_to_string(setup).map_err(at("read the setup"))?;
    let setup = serde_json::from_str(&read).map_err(at("read the setup"))?;
    Ok((setup, Inner { program, arguments }))
}

/// Lets user and group numbers of a new user namespace stand for those outside.
fn map(inside: u32, user: u32, group: u32) -> Result<(), Fault> {
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{inside} {user} 1")),
        ("gid_map", format!("{inside} {group} 1")),
    ] {
        let path = format!("/proc/self/{file}");
        fs::write(&path, text).map_err(at(format!("write {path}")))?;
    }
    Ok(())
}

/// Closes the files that whoever started `fetch` left open.
fn close_inherited() {
    let open = fs::read_dir("/proc/self/fd")
        .into_iter()
        .flatten()
        .flatten();
    let open: Vec<i32> = open
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|number| *number > 2)
        .collect();
    for number in open {
        // That of the folder just read is closed already.
        let _ = close(number);
    }
}

fn limit(setup: &Setup) -> Result<(), Fault> {
    let mut limits = vec![
        (Resource::RLIMIT_FSIZE, setup.file_bytes),
        (Resource::RLIMIT_CORE, 0),
    ];
    // Elsewhere the kernel counts all processes of the user, of which there may be more already.
    if setup.namespaces {
        limits.push((Resource::RLIMIT_NPROC, PROCESSES));
    }
    for (resource, most) in limits {
        let had = nix::sys::resource::getrlimit(resource).map_or(most, |(_, hard)| hard);
        let most = most.min(had);
        setrlimit(resource, most, most).map_err(at("set limits"))?;
    }
    Ok(())
}

/// Makes a file system of what the build may see and enters it.
fn make_view(setup: &Setup) -> Result<(), Fault> {
    let root = &setup.root;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(NONE, "/", NONE, private, NONE).map_err(at("part with mounts"))?;
    mount_new("tmpfs", root, "mode=755,size=16m")?;
    make_system_folders(root)?;
    bind(&setup.folder, &within(root, Path::new(INSIDE)))?;
    bind(&setup.folder.join(TEMPORARY), &root.join("tmp"))?;
    for shown in &setup.shown {
        let place = within(root, shown);
        match link_at_the_top(shown) {
            Some(target) => std::os::unix::fs::symlink(target, &place)
                .map_err(at(format!("make {}", place.display())))?,
            None => bind(shown, &place)?,
        }
    }
    for name in KERNEL {
        let path = root.join("proc").join(name);
        if path.exists() {
            bind(&path, &path)?;
        }
    }
    protect(root)?;
    chdir(root).map_err(at("enter the file system"))?;
    pivot_root(".", ".").map_err(at("change the root"))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(at("leave the old root"))?;
    chdir("/").map_err(at("enter the new root"))
}

const NONE: Option<&str> = None;

/// `/dev`, `/proc` and the user database.
fn make_system_folders(root: &Path) -> Result<(), Fault> {
    let make = |name: &str| {
        let folder = root.join(name);
        fs::create_dir_all(&folder).map_err(at(format!("make {}", folder.display())))?;
        Ok(folder)
    };
    let (dev, etc) = (make("dev")?, make("etc")?);
    for name in DEVICES {
        bind(&Path::new("/dev").join(name), &dev.join(name))?;
    }
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ] {
        std::os::unix::fs::symlink(target, dev.join(name)).map_err(at("make /dev"))?;
    }
    mount_new("tmpfs", &make("dev/shm")?, "mode=1777,size=256m")?;
    mount_new("proc", &make("proc")?, "")?;
    // No user namespace within the second one. Older kernels do not know the limit.
    let _ = fs::write(root.join("proc/sys/user/max_user_namespaces"), "1");
    make("var")?;
    std::os::unix::fs::symlink("/tmp", root.join("var/tmp")).map_err(at("make /var/tmp"))?;
    fs::write(etc.join("passwd"), PASSWD).map_err(at("write /etc/passwd"))?;
    fs::write(etc.join("group"), "builder:x:1000:\n").map_err(at("write /etc/group"))
}

fn within(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn mount_new(kind: &str, place: &Path, options: &str) -> Result<(), Fault> {
    let mut flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    if kind == "proc" {
        flags |= MsFlags::MS_NOEXEC;
    }
    let options = Some(options).filter(|options| !options.is_empty());
    mount(Some(kind), place, Some(kind), flags, options)
        .map_err(at(format!("mount {kind} on {}", place.display())))
}

/// Shows a file or folder, with what is mounted below it, at `place`, which is made.
fn bind(from: &Path, place: &Path) -> Result<(), Fault> {
    let failed = || at::<io::Error>(format!("show {}", from.display()));
    if !place.exists() {
        if from.is_dir() {
            fs::create_dir_all(place).map_err(failed())?;
        } else {
            let folder = place.parent().unwrap_or(place);
            fs::create_dir_all(folder).map_err(failed())?;
            fs::File::create(place).map_err(failed())?;
        }
    }
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    let mounted = mount(Some(from), place, NONE, flags, NONE);
    mounted.map_err(io::Error::from).map_err(failed())
}

/// Makes all mounts below `root` read-only but those that a build may write to.
fn protect(root: &Path) -> Result<(), Fault> {
    let written = [INSIDE, "/tmp", "/dev/shm", "/proc"].map(|path| within(root, Path::new(path)));
    let devices = root.join("dev");
    let mounts = fs::read_to_string("/proc/self/mountinfo").map_err(at("read the mounts"))?;
    for line in mounts.lines() {
        let Some((place, had)) = mount_of(line) else {
            continue;
        };
        let is_device = place.parent() == Some(&devices);
        if !place.starts_with(root) || is_device {
            continue;
        }
        let mut flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | had;
        flags |= MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        if !written.contains(&place) {
            flags |= MsFlags::MS_RDONLY;
        }
        let remounted = mount(NONE, &place, NONE, flags, NONE);
        remounted.map_err(at(format!("protect {}", place.display())))?;
    }
    Ok(())
}

/// The place of a line of `mountinfo` and its flags, which a user namespace cannot take away.
fn mount_of(line: &str) -> Option<(PathBuf, MsFlags)> {
    let mut words = line.split(' ');
    let place = unescaped(words.nth(4)?);
    let options: Vec<&str> = words.next()?.split(',').collect();
    let mut flags = MsFlags::empty();
    for (option, flag) in [
        ("ro", MsFlags::MS_RDONLY),
        ("nosuid", MsFlags::MS_NOSUID),
        ("nodev", MsFlags::MS_NODEV),
        ("noexec", MsFlags::MS_NOEXEC),
        ("noatime", MsFlags::MS_NOATIME),
        ("nodiratime", MsFlags::MS_NODIRATIME),
        ("relatime", MsFlags::MS_RELATIME),
    ] {
        if options.contains(&option) {
            flags |= flag;
        }
    }
    if !flags.intersects(MsFlags::MS_NOATIME | MsFlags::MS_RELATIME) {
        flags |= MsFlags::MS_STRICTATIME;
    }
    Some((place, flags))
}

/// A path of `mountinfo`, where white space and backslashes are octal numbers.
fn unescaped(path: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;

    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let number = after
            .get(..3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let number = number.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        if let (b'\\', Some(byte)) = (first, number) {
            bytes.push(byte);
            rest = &after[3..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    OsString::from_vec(bytes).into()
}

/// The exit code that stands for how a process ended, as a shell has it.
fn code(ended: ExitStatus) -> i32 {
    let by_signal = || 128 + ended.signal().unwrap_or_default();
    ended.code().unwrap_or_else(by_signal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_read_with_its_flags() {
        let line = r"36 35 98:0 /mnt1 /a\040b\134c rw,noexec,noatime master:1 - ext3 /dev/root rw";
        let (place, flags) = mount_of(line).unwrap();
        assert_eq!(place, Path::new(r"/a b\c"));
        assert_eq!(flags, MsFlags::MS_NOEXEC | MsFlags::MS_NOATIME);
        let line = "36 35 98:0 / / ro,relatime shared:1 - ext4 /dev/root rw";
        let expected = MsFlags::MS_RDONLY | MsFlags::MS_RELATIME;
        assert_eq!(mount_of(line).unwrap().1, expected);
        assert_eq!(mount_of("36 35"), None);
    }
}
