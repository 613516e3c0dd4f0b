//! The SPDX identifiers of licence classifiers that mean exactly one licence.
//!
//! Classifiers such as `BSD License` and `Apache Software License` do not say which version or variant
//! they mean, so they are not here. <https://peps.python.org/pep-0639/>

/// Classifiers, without `License :: `, and the identifiers of their licences.
const LICENCES: &[(&str, &str)] = &[
    ("Aladdin Free Public License (AFPL)", "Aladdin"),
    (
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication",
        "CC0-1.0",
    ),
    (
        "CeCILL-B Free Software License Agreement (CECILL-B)",
        "CECILL-B",
    ),
    (
        "CeCILL-C Free Software License Agreement (CECILL-C)",
        "CECILL-C",
    ),
    ("OSI Approved :: Attribution Assurance License", "AAL"),
    (
        "OSI Approved :: Blue Oak Model License (BlueOak-1.0.0)",
        "BlueOak-1.0.0",
    ),
    (
        "OSI Approved :: Boost Software License 1.0 (BSL-1.0)",
        "BSL-1.0",
    ),
    (
        "OSI Approved :: CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)",
        "CECILL-2.1",
    ),
    (
        "OSI Approved :: Common Development and Distribution License 1.0 (CDDL-1.0)",
        "CDDL-1.0",
    ),
    ("OSI Approved :: Common Public License", "CPL-1.0"),
    (
        "OSI Approved :: Eclipse Public License 1.0 (EPL-1.0)",
        "EPL-1.0",
    ),
    (
        "OSI Approved :: Eclipse Public License 2.0 (EPL-2.0)",
        "EPL-2.0",
    ),
    (
        "OSI Approved :: Educational Community License, Version 2.0 (ECL-2.0)",
        "ECL-2.0",
    ),
    (
        "OSI Approved :: European Union Public Licence 1.0 (EUPL 1.0)",
        "EUPL-1.0",
    ),
    (
        "OSI Approved :: European Union Public Licence 1.1 (EUPL 1.1)",
        "EUPL-1.1",
    ),
    (
        "OSI Approved :: European Union Public Licence 1.2 (EUPL 1.2)",
        "EUPL-1.2",
    ),
    (
        "OSI Approved :: GNU Affero General Public License v3",
        "AGPL-3.0-only",
    ),
    (
        "OSI Approved :: GNU Affero General Public License v3 or later (AGPLv3+)",
        "AGPL-3.0-or-later",
    ),
    (
        "OSI Approved :: GNU General Public License v2 (GPLv2)",
        "GPL-2.0-only",
    ),
    (
        "OSI Approved :: GNU General Public License v2 or later (GPLv2+)",
        "GPL-2.0-or-later",
    ),
    (
        "OSI Approved :: GNU General Public License v3 (GPLv3)",
        "GPL-3.0-only",
    ),
    (
        "OSI Approved :: GNU General Public License v3 or later (GPLv3+)",
        "GPL-3.0-or-later",
    ),
    (
        "OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)",
        "LGPL-3.0-only",
    ),
    (
        "OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)",
        "LGPL-3.0-or-later",
    ),
    (
        "OSI Approved :: Historical Permission Notice and Disclaimer (HPND)",
        "HPND",
    ),
    ("OSI Approved :: IBM Public License", "IPL-1.0"),
    ("OSI Approved :: ISC License (ISCL)", "ISC"),
    ("OSI Approved :: MIT License", "MIT"),
    (
        "OSI Approved :: MIT No Attribution License (MIT-0)",
        "MIT-0",
    ),
    ("OSI Approved :: MirOS License (MirOS)", "MirOS"),
    ("OSI Approved :: Motosoto License", "Motosoto"),
    (
        "OSI Approved :: Mozilla Public License 1.0 (MPL)",
        "MPL-1.0",
    ),
    (
        "OSI Approved :: Mozilla Public License 1.1 (MPL 1.1)",
        "MPL-1.1",
    ),
    (
        "OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)",
        "MPL-2.0",
    ),
    (
        "OSI Approved :: Mulan Permissive Software License v2 (MulanPSL-2.0)",
        "MulanPSL-2.0",
    ),
    (
        "OSI Approved :: NASA Open Source Agreement v1.3 (NASA-1.3)",
        "NASA-1.3",
    ),
    ("OSI Approved :: Nethack General Public License", "NGPL"),
    ("OSI Approved :: Nokia Open Source License", "Nokia"),
    ("OSI Approved :: Open Group Test Suite License", "OGTSL"),
    (
        "OSI Approved :: Open Software License 3.0 (OSL-3.0)",
        "OSL-3.0",
    ),
    ("OSI Approved :: PostgreSQL License", "PostgreSQL"),
    (
        "OSI Approved :: Python License (CNRI Python License)",
        "CNRI-Python",
    ),
    (
        "OSI Approved :: Python Software Foundation License",
        "PSF-2.0",
    ),
    ("OSI Approved :: Qt Public License (QPL)", "QPL-1.0"),
    ("OSI Approved :: Ricoh Source Code Public License", "RSCPL"),
    (
        "OSI Approved :: SIL Open Font License 1.1 (OFL-1.1)",
        "OFL-1.1",
    ),
    ("OSI Approved :: Sleepycat License", "Sleepycat"),
    ("OSI Approved :: Sun Public License", "SPL-1.0"),
    ("OSI Approved :: The Unlicense (Unlicense)", "Unlicense"),
    (
        "OSI Approved :: Universal Permissive License (UPL)",
        "UPL-1.0",
    ),
    (
        "OSI Approved :: University of Illinois/NCSA Open Source License",
        "NCSA",
    ),
    ("OSI Approved :: Vovida Software License 1.0", "VSL-1.0"),
    ("OSI Approved :: W3C License", "W3C"),
    ("OSI Approved :: X.Net License", "Xnet"),
    ("OSI Approved :: Zero-Clause BSD (0BSD)", "0BSD"),
    ("OSI Approved :: zlib/libpng License", "Zlib"),
];

/// The SPDX identifier of a classifier without `License :: `; `None` if it does not mean exactly one
/// licence of SPDX.
pub(crate) fn licence_of_classifier(classifier: &str) -> Option<&'static str> {
    let found = LICENCES.iter().find(|(known, _)| *known == classifier);
    found.map(|(_, id)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_is_on_the_list_of_spdx_and_current() {
        for (classifier, id) in LICENCES {
            let id = spdx::license_id(id).unwrap_or_else(|| panic!("{classifier}: {id}"));
            assert!(!id.is_deprecated(), "{classifier}");
        }
    }
}
