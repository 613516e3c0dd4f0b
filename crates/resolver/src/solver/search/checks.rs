//! Why a candidate cannot be chosen.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::{NameId, Node};
use crate::solver::incompatibility::NodeIndex;
use crate::solver::places::Places;
use crate::solver::rejections::{Rejection, Rejections};
use crate::solver::requirements::Requirement;
use crate::solver::search::Search;

impl Search<'_> {
    /// Why a candidate cannot be chosen for these nodes; `None`: nothing prevents it.
    pub(super) fn rejection(
        &mut self,
        members: &[NodeIndex],
        listing: &Listing,
        place: u32,
    ) -> Result<Option<Rejection>, Interrupt> {
        for &member in members {
            if !self.is_available(self.state.node(member), listing, place)? {
                return Ok(Some(Rejection::unavailable(member)));
            }
        }
        for &member in members {
            let rejection = match self.own_rejection(member, listing, place)? {
                None => self.unmet(member, place)?,
                rejection => rejection,
            };
            if rejection.is_some() {
                return Ok(rejection);
            }
        }
        Ok(None)
    }

    /// Why a candidate cannot be chosen, by its availability, its own requirements and what is known.
    fn own_rejection(
        &mut self,
        member: NodeIndex,
        listing: &Listing,
        place: u32,
    ) -> Result<Option<Rejection>, Interrupt> {
        if !self.is_available(self.state.node(member), listing, place)? {
            return Ok(Some(Rejection::unavailable(member)));
        }
        match self.requirements(member, place)? {
            Ok(requirements) => self.known_conflict(member, &requirements),
            Err(reason) => Ok(Some(Rejection::unusable(member, reason))),
        }
    }

    /// The requirement that is excluded at the earliest level.
    fn known_conflict(
        &self,
        member: NodeIndex,
        requirements: &[Requirement],
    ) -> Result<Option<Rejection>, Interrupt> {
        let mut earliest: Option<(u32, NodeIndex, &Requirement)> = None;
        for requirement in requirements {
            let Some(to) = self.state.known_number(requirement.to) else {
                continue;
            };
            if self.state.known(to).is_none() {
                continue;
            }
            let allowed = requirement.places(self.catalog)?;
            if let Some(level) = self.state.excluded_at(to, allowed)
                && earliest.is_none_or(|(known, ..)| level < known)
            {
                earliest = Some((level, to, requirement));
            }
        }
        let Some((level, to, requirement)) = earliest else {
            return Ok(None);
        };
        self.conflict(member, to, requirement, (level, usize::MAX))
            .map(Some)
    }

    fn conflict(
        &self,
        member: NodeIndex,
        to: NodeIndex,
        requirement: &Requirement,
        (level, expected): (u32, usize),
    ) -> Result<Rejection, Interrupt> {
        Ok(Rejection::Conflict {
            member,
            to,
            wanted: Rc::clone(&requirement.wanted),
            allowed: requirement.places(self.catalog)?.clone(),
            level,
            expected,
        })
    }

    /// A requirement that no available release meets.
    fn unmet(&mut self, member: NodeIndex, place: u32) -> Result<Option<Rejection>, Interrupt> {
        let Ok(requirements) = self.requirements(member, place)? else {
            return Ok(None);
        };
        let names = requirements.iter().filter_map(|wanted| wanted.to.name());
        self.catalog.prefetch(names);
        for requirement in requirements.iter() {
            if let Some(expected) = self.cannot_be_met(requirement)? {
                let to = self.number(requirement.to);
                let level = self.ruled_out_at(to, requirement.places(self.catalog)?);
                return self
                    .conflict(member, to, requirement, (level, expected))
                    .map(Some);
            }
        }
        Ok(None)
    }

    /// The last level that it rests on that a node is at none of these places.
    fn ruled_out_at(&self, node: NodeIndex, places: &Places) -> u32 {
        let (rest, level) = match self.rejected_now.get(&node) {
            Some((rejected, level)) if !rejected.is_disjoint(places) => {
                (places.without(rejected), *level)
            }
            _ => (places.clone(), 0),
        };
        level.max(self.state.excluded_at(node, &rest).unwrap_or_default())
    }

    /// How many further releases are likely to fail if no release can meet a requirement, `usize::MAX`
    /// if that is unknown; `None`: a release may meet it. Releases that are not available are ruled out.
    fn cannot_be_met(&mut self, requirement: &Requirement) -> Result<Option<usize>, Interrupt> {
        let Some(name) = requirement.to.name() else {
            return Ok(None);
        };
        let listing = self.catalog.listing(name)?;
        let allowed = requirement.places(self.catalog)?;
        let remaining = match self.state.known_number(requirement.to) {
            Some(to) => {
                let remaining = self.state.remaining(to, allowed);
                match self.rejected_now.get(&to) {
                    Some((rejected, _)) => remaining.without(rejected),
                    None => remaining,
                }
            }
            None => allowed.clone(),
        };
        if self.has_available(requirement.to, &listing, &remaining)? {
            return self.hopeless(requirement.to, &listing, &remaining);
        }
        if !remaining.is_empty() {
            let to = self.number(requirement.to);
            let places = remaining.iter(listing.count(), false).collect();
            self.state.rule_out(to, Places::of(places), None);
        }
        Ok(Some(usize::MAX))
    }

    /// If only a few releases are left of a package of which others failed, and none of these can be
    /// chosen: how many further ones are likely to fail (`usize::MAX`: unknown). They are ruled out then.
    ///
    /// If each release of one package requires one release of another, as boto3 does of botocore, this
    /// rules out both together.
    fn hopeless(
        &mut self,
        node: Node,
        listing: &Listing,
        places: &Places,
    ) -> Result<Option<usize>, Interrupt> {
        let Node::Base(name, _) = node else {
            return Ok(None);
        };
        let read = self.read.get(&name).map_or(0, BTreeSet::len);
        if read < self.limits().look_deeper_after {
            return Ok(None);
        }
        let most = self.limits().look_deeper_at;
        let candidates = self.candidates(node, listing, places);
        let few: Vec<u32> = candidates.iter().take(most + 1).collect();
        if few.len() > most {
            return Ok(None);
        }
        self.reject((node, name), listing, few)
    }

    /// Rules out releases that cannot be chosen, up to the first that can be: how many further ones are
    /// likely to fail, or `None` if one can be chosen.
    fn reject(
        &mut self,
        (node, name): (Node, NameId),
        listing: &Listing,
        places: Vec<u32>,
    ) -> Result<Option<usize>, Interrupt> {
        let number = self.number(node);
        let leader = self
            .leader(node)
            .map_or(number, |leader| self.number(leader));
        let mut rejections = Rejections::default();
        let mut rejected = Vec::new();
        let mut level = 0;
        let mut outcome = Ok(Some(usize::MAX));
        for place in places {
            let Some(rejection) = self.own_rejection(number, listing, place)? else {
                outcome = Ok(None);
                break;
            };
            level = level.max(rejection.level());
            let is_order_to_blame = self.is_order_to_blame((number, place), &rejection);
            if rejection.was_read() {
                self.read.entry(name).or_default().insert(place);
                let expected = self.expected_failures(name, place, &rejection);
                self.ask_beyond(node, listing, place, expected)?;
                outcome = Ok(Some(expected));
            }
            rejections.add(place, rejection);
            rejected.push(place);
            if is_order_to_blame {
                outcome = Err(Interrupt::Reordered);
                break;
            }
        }
        let (known, known_level) = self.rejected_now.entry(number).or_default();
        *known = known.union(&Places::of(rejected));
        *known_level = level.max(*known_level);
        rejections.learn(leader, &mut self.state);
        outcome
    }
}
