//! How the C library of Linux, glibc, keeps memory.
//!
//! It gives each thread that allocates a heap of its own, up to eight for each processor, and each keeps what
//! was freed in it. The pages of an index are read by several threads in turn, so that a cold lock took up to
//! twice the memory, and the time to get it from the system. One heap for all is as fast there: threads
//! wait for the network, not for each other. What is freed is kept for the next page. Many locks are made and checked
//! on all cores: with one heap, threads would wait for it, and a check of 1,000 locks took up to three times the CPU.
//!
//! The heap of the main thread, or the one heap, takes its memory in pages of 2 MiB, where the system has them: a quarter
//! of a warm lock's time went into the first touch of each 4 KiB.
#![expect(
    unsafe_code,
    reason = "the settings of the C library have no other interface"
)]

/// The largest block that is taken from the heap, in bytes: beyond this, a block is returned when it is freed.
const LARGEST_IN_HEAP: i32 = 2 << 20;

/// How much free memory the heap keeps at its end beyond what it took first, in bytes.
const KEPT: i32 = 32 << 20;

/// How many bytes of addresses the heap takes first: most locks need no more. Memory is taken as it is used.
const FIRST: i32 = 64 << 20;

/// How many bytes more than it needs it takes later.
const LATER: i32 = 1 << 20;

/// More bytes than a heap has free when a process begins.
const MORE_THAN_FREE: usize = 1 << 20;

/// The bytes of a large page.
const LARGE_PAGE: usize = 2 << 20;

/// Has what is freed kept, and the heap of this thread take its memory in large pages; for the begin of `main`.
pub(super) fn prepare() {
    set(libc::M_MMAP_THRESHOLD, LARGEST_IN_HEAP);
    // What the heap has not used yet does not count as freed.
    set(libc::M_TRIM_THRESHOLD, FIRST + KEPT);
    set(libc::M_TOP_PAD, FIRST);
    let mut at_end = Vec::<u8>::new();
    let has_grown = at_end.try_reserve_exact(MORE_THAN_FREE).is_ok();
    set(libc::M_TOP_PAD, LATER);
    let start = at_end.as_ptr().addr();
    drop(at_end);
    if has_grown {
        take_large_pages(start);
    }
}

/// Has the process use one heap; while there is no other thread.
pub(super) fn use_one() {
    set(libc::M_ARENA_MAX, 1);
}

/// Has the system give the heap large pages where it has just grown, by a block at `start` that is free again. A heap
/// that could not grow, since addresses are limited, stays as it is.
fn take_large_pages(start: usize) {
    // SAFETY: an increment of 0 changes nothing.
    let end = unsafe { libc::sbrk(0) };
    // What stood behind the block is in a small page.
    let first = (start + MORE_THAN_FREE + 1).next_multiple_of(LARGE_PAGE);
    let length = end.addr().checked_sub(first);
    let expected = FIRST.unsigned_abs() as usize / 2..2 * FIRST.unsigned_abs() as usize;
    if let Some(length) = length.filter(|length| expected.contains(length)) {
        // SAFETY: these are addresses of the heap, whose contents the advice leaves as they are. A system without such
        // pages refuses it.
        unsafe { libc::madvise(end.with_addr(first), length, libc::MADV_HUGEPAGE) };
        // A block that is never used, so that nothing else comes before the first large page.
        let mut before = Vec::<u8>::new();
        let _ = before.try_reserve_exact(first - start);
        std::mem::forget(std::hint::black_box(before));
    }
}

fn set(setting: i32, value: i32) {
    // SAFETY: `mallopt` takes two numbers by value, keeps them, and may be called at any time; no other thread
    // runs yet that could be in the allocator meanwhile. A setting that it refuses stays as it was.
    unsafe { libc::mallopt(setting, value) };
}
