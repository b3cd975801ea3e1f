"""The platforms of `examples/`: what a run has for variables there, and what becomes of it in Milepost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from tests.end_to_end.support.jenkinsfile import jenkins
from tests.end_to_end.support.pipelines import Given, Pipeline, argo_cd, azure, bitbucket, circleci, github, gitlab

# No name of a branch may hold all of this; what a script can take, it can take from anywhere.
BRANCH = (
    'feature/"it\'s"-$(touch pwned)-`touch pwned`-${HOME}-%s-\\u0041\\n-é漢😀\u202e;touch pwned&\n'
    "::error::pwned\n##vso[task.setvariable variable=pwned]1\n"
    '","type":"incident","x":"'
)
MESSAGE = (
    'Fix "everything"\n\n$(touch pwned) `touch pwned` $HOME \\ \\" %s %d \t\x01\x1b[31m\x7f\u2028\n'
    '"},"severity":"F"}\nEND\n\'; touch pwned; \'\n::set-output name=pwned::1\n##[error]pwned 😀 é'
)
COMMIT = "<the commit that is deployed>"


@dataclass(frozen=True)
class Platform:
    """`variables` takes the number of the run; so do `key` and `job_name`, as formats. `words` say how it ended: well, badly."""

    name: str
    read: Callable[[Given], Pipeline]
    words: tuple[str, str]
    source: str
    key: str
    variables: Callable[[int], Mapping[str, str]]
    has_sources: bool = True
    """A run has the repository around it, and knows branch and commit."""
    job_name: str = ""


def github_variables(run: int) -> Mapping[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_RUN_ID": str(run),
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_JOB": "deploy",
        "GITHUB_REF_NAME": BRANCH,
        "GITHUB_SHA": COMMIT,
        "GITHUB_ACTOR": "jsmith",
        "GITHUB_SERVER_URL": "https://github.example.com",
    }


def gitlab_variables(run: int) -> Mapping[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_SERVER_HOST": "gitlab.example.com",
        "CI_JOB_ID": str(run),
        "CI_JOB_URL": f"https://gitlab.example.com/acme/shop/-/jobs/{run}",
        "CI_PROJECT_PATH": "acme/shop",
        "CI_COMMIT_REF_NAME": BRANCH,
        "CI_COMMIT_SHA": COMMIT,
        "CI_COMMIT_MESSAGE": MESSAGE,
        "CI_ENVIRONMENT_NAME": "production",
        "GITLAB_USER_LOGIN": "jsmith",
    }


def jenkins_variables(run: int) -> Mapping[str, str]:
    return {
        "JENKINS_URL": "https://jenkins.example.com/",
        "JOB_NAME": "shop/deploy",
        "BUILD_NUMBER": str(run),
        "BUILD_URL": f"https://jenkins.example.com/job/shop/job/deploy/{run}/",
        "BRANCH_NAME": BRANCH,
        "GIT_COMMIT": COMMIT,
        "GIT_BRANCH": "origin/other",
    }


def azure_variables(run: int) -> Mapping[str, str]:
    return {
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": "https://dev.azure.example.com/acme/",
        "SYSTEM_TEAMPROJECTID": "0b5e",
        "SYSTEM_JOBID": "12f1170f",
        "SYSTEM_JOBATTEMPT": "1",
        "BUILD_BUILDID": str(run),
        "BUILD_SOURCEBRANCH": f"refs/heads/{BRANCH}",
        "BUILD_SOURCEVERSION": COMMIT,
        "BUILD_SOURCEVERSIONMESSAGE": MESSAGE,
        "BUILD_REQUESTEDFOR": 'J. "Jay" Smith',
        "BUILD_REPOSITORY_NAME": "acme/shop",
    }


def circleci_variables(run: int) -> Mapping[str, str]:
    return {
        "CIRCLECI": "true",
        "CIRCLE_WORKFLOW_ID": "9a956048",
        "CIRCLE_WORKFLOW_JOB_ID": str(run),
        "CIRCLE_BUILD_URL": f"https://circleci.example.com/gh/acme/shop/{run}",
        "CIRCLE_PROJECT_USERNAME": "acme",
        "CIRCLE_PROJECT_REPONAME": "shop",
        "CIRCLE_BRANCH": BRANCH,
        "CIRCLE_SHA1": COMMIT,
        "CIRCLE_USERNAME": "jsmith",
    }


def bitbucket_variables(run: int) -> Mapping[str, str]:
    return {
        "BITBUCKET_BUILD_NUMBER": str(run),
        "BITBUCKET_STEP_UUID": "{5a50dd52}",
        "BITBUCKET_STEP_RUN_NUMBER": "1",
        "BITBUCKET_REPO_FULL_NAME": "acme/shop",
        "BITBUCKET_GIT_HTTP_ORIGIN": "https://bitbucket.example.com/acme/shop",
        "BITBUCKET_BRANCH": BRANCH,
        "BITBUCKET_COMMIT": COMMIT,
        "BITBUCKET_DEPLOYMENT_ENVIRONMENT": "production",
        "BITBUCKET_STEP_TRIGGERER_UUID": "{77}",
    }


GITHUB_KEY = "github:acme/shop:run:{run}:2:deploy"
PLATFORMS = [
    Platform(
        "github-actions",
        partial(github, name="deploy.yml"),
        ("success", "failure"),
        "github_actions",
        GITHUB_KEY,
        github_variables,
    ),
    Platform(
        "github-action",
        partial(github, name="deploy-with-action.yml"),
        ("success", "failure"),
        "github_actions",
        f"{GITHUB_KEY}:0",
        github_variables,
    ),
    Platform(
        "gitlab", gitlab, ("success", "failed"), "gitlab_ci", "gitlab:gitlab.example.com:job:{run}", gitlab_variables
    ),
    Platform(
        "jenkins",
        jenkins,
        ("SUCCESS", "FAILURE"),
        "jenkins",
        "jenkins:https://jenkins.example.com/job/shop/job/deploy/{run}/",
        jenkins_variables,
    ),
    Platform(
        "azure-pipelines",
        azure,
        ("Succeeded", "Failed"),
        "azure_pipelines",
        "azure:https://dev.azure.example.com/acme/0b5e:build:{run}:12f1170f:1",
        azure_variables,
    ),
    Platform(
        "circleci",
        circleci,
        ("on_success", "on_fail"),
        "circleci",
        "circleci:workflow:9a956048:job:{run}",
        circleci_variables,
    ),
    Platform(
        "bitbucket",
        bitbucket,
        ("0", "1"),
        "bitbucket_pipelines",
        "bitbucket:acme/shop:{run}:{{5a50dd52}}:1",
        bitbucket_variables,
    ),
    Platform(
        "argo-cd",
        argo_cd,
        ("PostSync", "SyncFail"),
        "argo_cd",
        "argocd:checkout:a1b2c3d:{run}",
        lambda _: {},
        has_sources=False,
        job_name="a1b2c3d-{{phase}}-{run}",
    ),
]
