use super::*;
use crate::domain::money::Money;

fn committed(leaves: RangeInclusive<i64>, command: Command) -> Committed {
    let at = Timestamp::from_micros(7);
    Committed { leaves, at, command }
}

#[test]
fn each_command_is_applied_once_and_none_is_left_out() {
    let mut view = View {
        state: State::default(),
        through: 4,
    };
    let mut advance = |leaves: RangeInclusive<i64>, command| view.advance(committed(leaves, command));
    assert!(
        matches!(advance(3..=4, Command::Tick), Ok(None)),
        "it was there already"
    );
    assert!(matches!(advance(5..=5, Command::Tick), Ok(Some(events)) if events.is_empty()));
    let gap = advance(7..=7, Command::Tick);
    assert!(matches!(gap, Err(Broken::Gap { expected: 6, found: 7 })), "{gap:?}");
    let differs = advance(6..=8, Command::Tick);
    assert!(matches!(differs, Err(Broken::Differs { events: 0, .. })), "{differs:?}");
    let refused = Command::Deposit {
        org: OrgId(1),
        amount: Money::ZERO,
        bank_ref: String::new(),
    };
    let refused = advance(6..=7, refused);
    assert!(matches!(refused, Err(Broken::Refused(_))), "{refused:?}");
    assert_eq!(view.through, 5);
}

/// A replica of an empty exchange, and who tells it what is committed.
fn replica() -> (Replica, Follower, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = Url::Sqlite(folder.path().join("exchange.db"));
    store::migrate(&url).unwrap();
    let (follower, committed) = Follower::new();
    let replica = Replica::start(&url, Clock::Given, FeedLimits::default(), committed).unwrap();
    (replica, follower, folder)
}

fn until(is_so: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn what_is_broken_is_no_answer_and_is_read_again() {
    let (replica, _follower, _folder) = replica();
    assert_eq!(replica.rely(|replica| replica.read(|_| 7)), Ok(7));
    assert_eq!(
        replica.rely(Replica::has_broken),
        Err(Unwell),
        "it was seen while it was broken"
    );
    until(|| replica.is_well());
    let other = replica.clone();
    let panicked = std::thread::spawn(move || {
        let _panic = Panic(&other);
        let mut view = other.view_mut();
        view.state.counters.listing = 99;
        panic!("half-way");
    });
    assert!(panicked.join().is_err());
    // Nobody has to look for it to be read again.
    until(|| replica.is_well() && !replica.shared.view.is_poisoned());
    let found = replica.rely(|replica| replica.read(|state| state.counters.listing));
    assert_eq!(found, Ok(State::default().counters.listing));
}

#[test]
fn after_its_thread_has_panicked_nobody_relies_on_it_and_nothing_queues() {
    let (replica, follower, _folder) = replica();
    // The thread itself ends, since nobody commits any more; another one takes its place and panics.
    drop(follower);
    until(|| replica.shared.committed.lock().unwrap().is_none());
    let (follower, received) = Follower::new();
    *replica.shared.committed.lock().unwrap() = Some(received.clone());
    let other = replica.clone();
    let panicked = std::thread::spawn(move || {
        let (_end, _received) = (End(&other), received);
        panic!("half-way");
    });
    assert!(panicked.join().is_err());
    assert_eq!(replica.rely(|_| ()), Err(Unwell));
    follower.tell(vec![committed(1..=1, Command::Tick)]);
    assert_eq!(follower.0.as_ref().map(Sender::len), Some(0));
    assert_eq!(replica.waiting(), 0);
}
