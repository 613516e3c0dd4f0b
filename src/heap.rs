//! How the C library of Linux, glibc, keeps memory.
//!
//! It gives each thread that allocates a heap of its own, up to eight for each processor, and each keeps what
//! was freed in it. The pages of an index are read by several threads in turn, so that a cold lock took up to
//! twice the memory, and the time to get it from the system. One heap for all is as fast there: threads
//! wait for the network, not for each other. What is freed is kept for the next page. Many locks are made and checked
//! on all cores: with one heap, threads would wait for it, and a check of 1,000 locks took up to three times the CPU.
#![expect(
    unsafe_code,
    reason = "the settings of the C library have no other interface"
)]

/// The largest block that is taken from the heap, in bytes: beyond this, a block is returned when it is freed.
const LARGEST_IN_HEAP: i32 = 2 << 20;

/// How much free memory the heap keeps at its end, in bytes.
const KEPT: i32 = 32 << 20;

/// Has what is freed kept; for the begin of `main`.
pub(super) fn keep_freed() {
    set(libc::M_MMAP_THRESHOLD, LARGEST_IN_HEAP);
    set(libc::M_TRIM_THRESHOLD, KEPT);
}

/// Has the process use one heap; while there is no other thread.
pub(super) fn use_one() {
    set(libc::M_ARENA_MAX, 1);
}

fn set(setting: i32, value: i32) {
    // SAFETY: `mallopt` takes two numbers by value, keeps them, and may be called at any time; no other thread
    // runs yet that could be in the allocator meanwhile. A setting that it refuses stays as it was.
    unsafe { libc::mallopt(setting, value) };
}
