//! Changes of an input, for runs that are not guided by coverage.

use fastrand::Rng;

/// Bytes that mean something to one reader or another.
const SPECIAL: &[u8] = b"\0\t\n\r \"#$%&'()*+,-./:;<=>@[\\]^_`{|}~0189azAZ\x7f\x80\xc3\xff";

/// A seed with a few changes.
pub(crate) fn mutated(seeds: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut input = chosen(seeds, random).to_vec();
    for _ in 0..random.usize(1..5) {
        change(&mut input, seeds, random);
    }
    input
}

fn chosen<'s>(seeds: &'s [Vec<u8>], random: &mut Rng) -> &'s [u8] {
    seeds
        .get(random.usize(..seeds.len().max(1)))
        .map_or(&[], Vec::as_slice)
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Rng) {
    let start = random.usize(..=input.len());
    let end = (start + random.usize(..=16)).min(input.len());
    match random.u8(..7) {
        0 => drop(input.drain(start..end)),
        1 => input.truncate(start),
        2 => insert(input, start, &[SPECIAL[random.usize(..SPECIAL.len())]]),
        3 => {
            let part = input[start..end].to_vec();
            insert(input, start, &part.repeat(random.usize(1..20)));
        }
        4 => {
            let other = chosen(seeds, random);
            let from = random.usize(..=other.len());
            insert(input, start, &other[from..(from + 40).min(other.len())]);
        }
        5 => {
            if let Some(byte) = input.get_mut(start) {
                *byte = SPECIAL[random.usize(..SPECIAL.len())];
            }
        }
        _ => {
            if let Some(byte) = input.get_mut(start) {
                *byte ^= 1 << random.u8(..8);
            }
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, what: &[u8]) {
    input.splice(at..at, what.iter().copied());
}
