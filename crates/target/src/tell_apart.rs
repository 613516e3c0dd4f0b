//! skeleton
use crate::Environment;
/// Two environments that no marker tells apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no marker tells them apart")]
pub struct TellApartError {
    /// The index into `these`.
    pub this: usize,
    /// The index into `others`.
    pub other: usize,
}
impl Environment {
    /// The simplest marker that is true in all of `these` and false in all of `others`;
    /// `Ok(None)` where `others` is empty, `Err` where no marker can tell them apart.
    pub fn tell_apart(
        _these: &[&Environment],
        _others: &[&Environment],
    ) -> Result<Option<String>, TellApartError> {
        todo!()
    }
}
