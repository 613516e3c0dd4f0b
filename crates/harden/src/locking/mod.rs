//! What a lock is made from and by: the request, the client that answers it, and the strict file
//! that is there already with the command it records.

pub mod build;
pub mod client;
pub mod header_command;
pub mod previous_lock;
pub mod recorded_command;
pub mod request;
pub mod strict_source;
