from itertools import product

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_identity.domain.assurance import Authenticator, Proofing, assurance_level


@pytest.mark.parametrize(
    ("proofing", "authenticator", "loa"),
    [
        (Proofing.SELF_ASSERTED, Authenticator.PASSWORD, 1),
        (Proofing.SELF_ASSERTED, Authenticator.PASSWORD_AND_CODE, 1),
        (Proofing.CIVIL_REGISTRY, Authenticator.PASSWORD, 1),
        (Proofing.CIVIL_REGISTRY, Authenticator.PASSWORD_AND_CODE, 2),
    ],
)
def test_a_person_is_known_as_surely_as_the_weaker_of_proof_and_sign_in(
    proofing, authenticator, loa
):
    assert assurance_level(proofing, authenticator) is AssuranceLevel(loa)


@pytest.mark.parametrize(("proofing", "authenticator"), list(product(Proofing, Authenticator)))
def test_no_level_is_higher_than_either_number(proofing, authenticator):
    level = assurance_level(proofing, authenticator)

    assert level <= proofing and level <= authenticator
