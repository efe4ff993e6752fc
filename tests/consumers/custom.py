"""What operators read: the specs of the custom objects that ready-made packs make, as strict schemas.

Written from the definitions that their makers publish, for the fields that the packs use; any other field is refused.
Crossplane: https://github.com/crossplane-contrib/provider-upjet-aws/tree/main/package/crds, groups `*.aws.m.upbound.io`.
CloudNativePG: https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/.
"""

import jsonschema

TEXT, NUMBER, BOOLEAN = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
TEXTS = {"type": "array", "items": TEXT, "uniqueItems": True}
TAGS = {"type": "object", "additionalProperties": TEXT}


def fields(needed="", **properties):
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": needed.split(),
        "additionalProperties": False,
    }


def one_of(*values):
    return {"enum": list(values)}


REFERENCE = fields("name", name=TEXT, namespace=TEXT)


def managed(**properties):
    """The spec of a resource with a namespace that Crossplane manages."""
    needed = "region" if "region" in properties else ""
    return fields(
        "forProvider",
        forProvider=fields(needed, **properties),
        providerConfigRef=fields("kind name", kind=one_of("ProviderConfig", "ClusterProviderConfig"), name=TEXT),
        writeConnectionSecretToRef=fields("name", name=TEXT),
    )


SPECS = {
    "rds.aws.m.upbound.io/v1beta1 Instance": managed(
        region=TEXT, identifier=TEXT, engine=TEXT, engineVersion=TEXT, instanceClass=TEXT, storageType=TEXT,
        storageEncrypted=BOOLEAN, allocatedStorage=NUMBER, maxAllocatedStorage=NUMBER, dbName=TEXT, username=TEXT,
        autoGeneratePassword=BOOLEAN, passwordSecretRef=fields("key name", key=TEXT, name=TEXT),
        dbSubnetGroupName=TEXT, vpcSecurityGroupIds=TEXTS, publiclyAccessible=BOOLEAN,
        autoMinorVersionUpgrade=BOOLEAN, multiAz=BOOLEAN, backupRetentionPeriod=NUMBER, deletionProtection=BOOLEAN,
        skipFinalSnapshot=BOOLEAN, finalSnapshotIdentifier=TEXT, copyTagsToSnapshot=BOOLEAN, tags=TAGS,
    ),
    "sqs.aws.m.upbound.io/v1beta1 Queue": managed(
        region=TEXT, name={"type": "string", "pattern": "^[A-Za-z0-9_-]{1,80}$"}, sqsManagedSseEnabled=BOOLEAN,
        messageRetentionSeconds={"type": "number", "minimum": 60, "maximum": 1209600},
        receiveWaitTimeSeconds={"type": "number", "minimum": 0, "maximum": 20}, tags=TAGS,
    ),
    "s3.aws.m.upbound.io/v1beta1 Bucket": managed(region=TEXT, forceDestroy=BOOLEAN, tags=TAGS),
    "s3.aws.m.upbound.io/v1beta1 BucketPublicAccessBlock": managed(
        region=TEXT, bucketRef=REFERENCE, blockPublicAcls=BOOLEAN, blockPublicPolicy=BOOLEAN,
        ignorePublicAcls=BOOLEAN, restrictPublicBuckets=BOOLEAN,
    ),
    "iam.aws.m.upbound.io/v1beta1 User": managed(permissionsBoundary=TEXT, tags=TAGS),
    "iam.aws.m.upbound.io/v1beta1 Policy": managed(policy=TEXT, tags=TAGS),
    "iam.aws.m.upbound.io/v1beta1 UserPolicyAttachment": managed(userRef=REFERENCE, policyArnRef=REFERENCE),
    "iam.aws.m.upbound.io/v1beta1 AccessKey": managed(userRef=REFERENCE),
    "postgresql.cnpg.io/v1 Cluster": fields(
        "instances",
        instances={"type": "integer", "minimum": 1},
        imageName=TEXT,
        imageCatalogRef=fields(
            "kind major name", apiGroup=TEXT, kind=one_of("ImageCatalog", "ClusterImageCatalog"), name=TEXT,
            major={"type": "integer"},
        ),
        enableSuperuserAccess=BOOLEAN,
        bootstrap=fields(initdb=fields(database=TEXT, owner=TEXT)),
        storage=fields(size=TEXT, storageClass=TEXT),
        affinity=fields(podAntiAffinityType=one_of("preferred", "required"), topologyKey=TEXT),
    ),
}


def is_known(item):
    return f"{item['apiVersion']} {item['kind']}" in SPECS


def problem(item):
    """What is wrong with the spec of an object, if anything."""
    try:
        jsonschema.validate(item["spec"], SPECS[f"{item['apiVersion']} {item['kind']}"])
    except jsonschema.ValidationError as error:
        return f"spec.{'.'.join(map(str, error.absolute_path))}: {error.message}"
    return None


def secrets(item):
    """The Secrets that an operator makes for an object."""
    connection = item.get("spec", {}).get("writeConnectionSecretToRef")
    if connection:
        yield connection["name"]
    if item["apiVersion"].startswith("postgresql.cnpg.io/"):
        yield f"{item['metadata']['name']}-app"
