//! The choice of a release for a node that follows no other: its candidates, one after the other.

use crate::PrereleaseMode;
use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::Node;
use crate::solver::incompatibility::NodeIndex;
use crate::solver::places::Places;
use crate::solver::priority::Choice;
use crate::solver::rejections::{Rejection, Rejections};
use crate::solver::search::Search;
use crate::solver::search::ahead::Ahead;

impl Search<'_> {
    /// The first candidate of a node that is not ruled out.
    pub(super) fn lead(
        &mut self,
        number: NodeIndex,
        places: &Places,
        listing: &Listing,
    ) -> Result<Option<u32>, Interrupt> {
        let node = self.state.node(number);
        let Some(name) = node.name() else {
            return Ok(None);
        };
        let members = self.members(number);
        let candidates = self.candidates(node, listing, places);
        let mut next = candidates.iter();
        let mut ahead = Ahead::new(&candidates);
        let mut rejections = Rejections::default();
        let outcome = loop {
            let Some(place) = next.next() else {
                self.ask_for_prereleases(&members, listing, places)?;
                break Ok(None);
            };
            let Some(rejection) = self.rejection(&members, listing, place)? else {
                // Candidates that were rejected before it are learnt first.
                break Ok(rejections.is_empty().then_some(place));
            };
            let was_read = rejection.was_read();
            let is_order_to_blame = self.is_order_to_blame((number, place), &rejection);
            let expected = self.expected_failures(name, place, &rejection);
            ahead.note(was_read, expected);
            rejections.add(place, rejection);
            if is_order_to_blame {
                break Err(Interrupt::Reordered);
            }
            if was_read {
                self.carry_over.borrow().spend()?;
                self.ask_ahead(&mut ahead, &members, listing)?;
                self.skip(number, place, &mut next);
            }
        };
        rejections.learn(number, &mut self.state);
        outcome
    }

    /// Ends a search over several environments if a package has only pre-releases left and it is not known yet
    /// which environments take one by themselves: without it, the search would try all else first.
    fn ask_for_prereleases(
        &self,
        members: &[NodeIndex],
        listing: &Listing,
        places: &Places,
    ) -> Result<(), Interrupt> {
        let options = self.catalog.rules.options;
        if self.apart.is_none()
            || options.prerelease_mode(&listing.name) != PrereleaseMode::IfNecessary
            || self.carry_over.borrow().knows_prereleases()
        {
            return Ok(());
        }
        let prereleases = places.without(listing.stable());
        for place in prereleases.iter(listing.count(), false) {
            let mut exists = true;
            for member in members {
                let environments = self.state.node(*member).environments();
                exists &= self.catalog.exists(listing, place as usize, environments)?;
            }
            if exists {
                return Err(Interrupt::OnlyPrereleases);
            }
        }
        Ok(())
    }

    /// The nodes whose release is decided with that of `leader`: itself, and those that follow it.
    pub(super) fn members(&self, leader: NodeIndex) -> Vec<NodeIndex> {
        let node = self.state.node(leader);
        let mut members: Vec<NodeIndex> = match node {
            Node::Link(_) => Vec::new(),
            _ => vec![leader],
        };
        let followers = node.name().map_or(&[][..], |name| self.nodes_of(name));
        let follows = |number: &&NodeIndex| {
            self.leader(self.state.node(**number)) == Some(node)
                && self.state.places(**number).is_some()
        };
        members.extend(followers.iter().filter(follows));
        members
    }

    /// Whether a candidate conflicts with a package that was decided before, or one that the user names with
    /// what follows from that, and candidates did so often enough for the order to change.
    pub(super) fn is_order_to_blame(
        &self,
        (number, place): (NodeIndex, u32),
        rejection: &Rejection,
    ) -> bool {
        let Rejection::Conflict { to, level, .. } = rejection else {
            return false;
        };
        let Some(decided) = self.state.decided_at(*level) else {
            return false;
        };
        let is_direct = self.state.decision(*to).is_some();
        let culprit = if is_direct { *to } else { decided };
        let affected = self.state.node(number).name();
        let culprit = self.state.node(culprit).name();
        match (affected, culprit) {
            (Some(affected), Some(culprit)) if affected != culprit => {
                let mut carry_over = self.carry_over.borrow_mut();
                if is_direct {
                    carry_over.conflict(affected, culprit)
                } else {
                    self.named.contains(&affected)
                        && carry_over.indirect_conflict((affected, place), culprit)
                }
            }
            _ => false,
        }
    }

    /// Skips candidates if very many were read: 2, 4, 8 and so on for each that is read beyond the limit.
    fn skip(&mut self, number: NodeIndex, place: u32, next: &mut dyn Iterator<Item = u32>) {
        let Some(name) = self.state.node(number).name() else {
            return;
        };
        let read = self.read.entry(name).or_default();
        read.insert(place);
        let beyond = read
            .len()
            .saturating_sub(self.catalog.rules.options.limits.read);
        if beyond > 0 && !self.catalog.rules.options.exhaustive {
            let passed: Vec<u32> = next.take(1 << beyond.min(16)).collect();
            if passed.is_empty() {
                return;
            }
            self.skipped.insert(name);
            let reason = Some("too many releases were read before it".into());
            self.state.rule_out(number, Places::of(passed), reason);
        }
    }

    /// Whether a pre-release of a project counts as much as a stable release.
    pub(super) fn counts_prereleases(&self, listing: &Listing) -> bool {
        let options = self.catalog.rules.options;
        options.prerelease_mode(&listing.name) == PrereleaseMode::Allow
    }

    /// How many releases a node has left, as far as the index and the user's rules go.
    pub(crate) fn choice(&self, number: NodeIndex) -> Result<Choice, Interrupt> {
        let node = self.state.node(number);
        let (Some(name), Some(places)) = (node.name(), self.state.places(number)) else {
            return Ok(Choice::One);
        };
        let listing = self.catalog.listing(name)?;
        let members = self.members(number);
        let counts_prereleases = self.counts_prereleases(&listing);
        let mut found: Option<bool> = None;
        let mut is_sdist = false;
        for place in self.candidates(node, &listing, places).iter() {
            let mut available = true;
            for member in &members {
                available &= self.is_available(self.state.node(*member), &listing, place)?;
            }
            if !available {
                continue;
            }
            let is_stable = listing.stable().contains(place);
            match found {
                None => {
                    for member in &members {
                        let member = self.state.node(*member);
                        self.prefetch_metadata(member, &listing, place)?;
                        let environments = member.environments();
                        is_sdist |=
                            self.catalog
                                .takes_sdist(&listing, place as usize, environments)?;
                    }
                    found = Some(is_stable);
                }
                // A pre-release is a last resort, not a choice, unless it counts as a stable release.
                Some(was_stable) if !was_stable || is_stable || counts_prereleases => {
                    return Ok(Choice::Several);
                }
                Some(_) => break,
            }
        }
        Ok(match found {
            None => Choice::None,
            Some(_) if is_sdist => Choice::OneSdist,
            Some(_) => Choice::One,
        })
    }
}
