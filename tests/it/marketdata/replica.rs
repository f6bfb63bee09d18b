//! The replica against the writer.

use qiantang::engine::state_hash::{StateHash, state_hash};

use super::{catch_up, flows, give, open};
use crate::exchange::{cure, poison};
use crate::harness::for_each_backend;

fn hash(state: &qiantang::engine::State) -> StateHash {
    state_hash(state).unwrap()
}

#[test]
fn it_is_the_writers_state_also_after_a_restart_and_after_a_commit_that_failed() {
    let flows = flows(2, 120);
    for (played, end) in &flows {
        for_each_backend(|database| {
            let thirds: Vec<_> = played.chunks(played.len().div_ceil(3)).collect();
            let (exchange, replica) = open(&database.url);
            catch_up(&replica, give(&exchange.handle(), thirds[0]));
            let writer = exchange.handle().inspect(hash).unwrap();
            assert_eq!(replica.read(hash), writer);
            exchange.shut_down();
            assert_eq!(replica.read(hash), writer, "what it knows can be read to the end");

            let (exchange, replica) = open(&database.url);
            assert_eq!(replica.read(hash), writer, "read from the database");
            poison(&database.url, "a test");
            let (at, command) = thirds[1][0].clone();
            let request = qiantang::app::request::Request::new("a test", command).at(at);
            let outcome = exchange.handle().call(request);
            assert!(outcome.is_err(), "{outcome:?}");
            cure(&database.url);
            assert_eq!(replica.read(hash), writer, "what is not committed never reaches it");
            for commands in &thirds[1..] {
                catch_up(&replica, give(&exchange.handle(), commands));
                assert_eq!(replica.read(hash), exchange.handle().inspect(hash).unwrap());
            }
            assert_eq!(replica.read(hash), hash(end));
            let (seq, waiting) = (replica.seq(), replica.waiting());
            assert_eq!((replica.read_at(|_, seq| seq), waiting), (seq, 0));
        });
    }
}

#[test]
fn many_commands_at_once_arrive_in_their_order() {
    let (played, end) = flows(1, 400).pop().unwrap();
    for_each_backend(|database| {
        let (exchange, replica) = open(&database.url);
        let handle = exchange.handle();
        for (at, command) in &played {
            let request = qiantang::app::request::Request::new("a test", command.clone()).at(*at);
            handle.submit(request, |_| ()).unwrap();
        }
        exchange.shut_down();
        let through = qiantang::store::audit::last_leaf(&mut qiantang::store::Reader::open(&database.url).unwrap());
        catch_up(&replica, through.unwrap());
        assert_eq!(replica.read(hash), hash(&end));
    });
}
