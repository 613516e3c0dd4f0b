//! Listeners on loopback, which servers, fronts and proxies share.

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// A runtime with a thread of its own.
pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("the system has a thread")
}

/// A free port.
pub(crate) fn listen(runtime: &Runtime) -> TcpListener {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
    listener.expect("loopback has a free port")
}
