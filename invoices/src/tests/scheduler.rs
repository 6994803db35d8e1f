//! Runs several tasks in turn, as chance has it, and kills them anywhere: a task that is dropped is a process that was killed.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A task under way.
type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// What becomes of a task that gets its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It goes on to its next step.
    Step,
    /// It is killed.
    Kill,
}

/// Tasks that share the time.
#[derive(Default)]
pub(super) struct Scheduler<'a> {
    tasks: Vec<Task<'a>>,
}

impl<'a> Scheduler<'a> {
    /// Starts a task, which does nothing before its first turn.
    pub(super) fn start(&mut self, task: impl Future<Output = ()> + 'a) {
        self.tasks.push(Box::pin(task));
    }

    /// Whether no task is left.
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Gives a turn to one of the tasks, by a number that chance has given; whether that task was killed.
    pub(super) fn turn(&mut self, chosen: usize, turn: Turn) -> bool {
        if self.tasks.is_empty() {
            return false;
        }
        let place = chosen % self.tasks.len();
        if turn == Turn::Kill {
            drop(self.tasks.swap_remove(place));
            return true;
        }
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(()) = self.tasks[place].as_mut().poll(&mut context) {
            drop(self.tasks.swap_remove(place));
        }
        false
    }
}
