//! Requests sent ahead of the solver: what it is likely to ask for next. Nothing is decided here.

pub(crate) mod likely_answer;
