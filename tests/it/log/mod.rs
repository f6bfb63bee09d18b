//! The audit log: what is stored of its tree, what is signed, what is proved, and what a witness makes of it.

mod http;
mod process;
mod tree;
mod witness;
