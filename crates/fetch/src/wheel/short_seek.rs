//! A buffered reader that keeps its buffer on short seeks.
//!
//! A look into a wheel goes from one small member to the next, twice: without this, each step is a
//! system call or two, thousands for a wheelhouse (`strace -f -c`).

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// How much is read at once, in bytes.
const BUFFER: usize = 64 << 10;

/// A buffered reader that knows where it is.
#[derive(Debug)]
pub(super) struct ShortSeek<R> {
    inner: BufReader<R>,
    at: u64,
}

impl<R: Read + Seek> ShortSeek<R> {
    /// `reader`, from its beginning.
    pub(super) fn new(mut reader: R) -> io::Result<Self> {
        reader.rewind()?;
        Ok(Self {
            inner: BufReader::with_capacity(BUFFER, reader),
            at: 0,
        })
    }
}

impl<R: Read> Read for ShortSeek<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: Read> BufRead for ShortSeek<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.at += amount as u64;
    }
}

impl<R: Read + Seek> Seek for ShortSeek<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let step = match to {
            SeekFrom::Start(to) => i64::try_from(i128::from(to) - i128::from(self.at)).ok(),
            _ => None,
        };
        self.at = match (step, to) {
            (Some(step), SeekFrom::Start(to)) => {
                self.inner.seek_relative(step)?;
                to
            }
            _ => self.inner.seek(to)?,
        };
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn it_reads_what_is_there_wherever_it_is_sent() {
        let bytes: Vec<u8> = (0..=250).cycle().take(300_000).collect();
        let mut near = ShortSeek::new(Cursor::new(&bytes)).unwrap();
        for place in [5, 3, 70_000, 69_990, 299_999, 0, 65_536, 131_072, 131_071] {
            near.seek(SeekFrom::Start(place)).unwrap();
            let mut byte = [0];
            near.read_exact(&mut byte).unwrap();
            assert_eq!(
                byte[0],
                bytes[usize::try_from(place).unwrap()],
                "at {place}"
            );
        }
        assert_eq!(near.seek(SeekFrom::End(-1)).unwrap(), 299_999);
        assert_eq!(near.fill_buf().unwrap(), [bytes[299_999]]);
        assert_eq!(near.seek(SeekFrom::Current(-9)).unwrap(), 299_990);
        assert_eq!(near.seek(SeekFrom::Start(299_995)).unwrap(), 299_995);
        assert_eq!(near.fill_buf().unwrap(), &bytes[299_995..]);
    }
}
