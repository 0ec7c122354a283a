import pytest

from panjareh_feedback.read_model.ratings import summary


@pytest.mark.parametrize("numbers", [{5: 1}, {1: 2, 3: 2}])
def test_of_few_ratings_only_their_fewness_is_told(numbers):
    assert summary(numbers) == {
        "count": None,
        "mean": None,
        "distribution": None,
        "suppressed": True,
    }


def test_from_five_ratings_on_they_are_told():
    assert summary({1: 1, 4: 2, 5: 3}) == {
        "count": 6,
        "mean": 4.0,
        "distribution": {"1": 1, "2": 0, "3": 0, "4": 2, "5": 3},
        "suppressed": False,
    }


def test_no_rating_has_no_mean():
    told = summary({})

    assert (told["count"], told["mean"], told["suppressed"]) == (0, None, False)
