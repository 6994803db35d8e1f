//! Fails as a process does that is killed: with a command that is carried out wholly, in part or not at all, and all that follow refused.

/// When to fail.
#[derive(Debug, Default)]
pub(super) struct Fuse {
    commands: usize,
    /// How many more commands succeed, and how many parts of the one after them are carried out. Then all fail.
    left: Option<(usize, usize)>,
}

impl Fuse {
    /// Lets `commands` more succeed; of the next one, `carried_out` parts are, and it fails like all that follow.
    pub(super) fn fail_after(&mut self, commands: usize, carried_out: usize) {
        self.left = Some((commands, carried_out));
    }

    /// Lets all commands succeed again.
    pub(super) fn mend(&mut self) {
        self.left = None;
    }

    /// How many commands there were.
    pub(super) fn commands(&self) -> usize {
        self.commands
    }

    /// How many of the parts of a command are carried out, and whether it succeeds.
    pub(super) fn burn(&mut self, parts: usize) -> (usize, bool) {
        self.commands += 1;
        match self.left {
            None => (parts, true),
            Some((0, carried_out)) => {
                self.left = Some((0, 0));
                (carried_out.min(parts), false)
            }
            Some((left, carried_out)) => {
                self.left = Some((left - 1, carried_out));
                (parts, true)
            }
        }
    }
}
