//! `qiantang agent` and `qiantang usage import`: the real program against an exporter that tells what it is told to, and a real service.

mod import;
mod rounds;
