package dev.lockstep.fabric.config;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.msp.Identity;
import dev.lockstep.fabric.policy.Policy;
import dev.lockstep.fabric.policy.PolicyTree;
import dev.lockstep.fabric.policy.SignedData;
import dev.lockstep.fabric.policy.Signers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Config;
import org.hyperledger.fabric.protos.common.ConfigEnvelope;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.ConfigSignature;
import org.hyperledger.fabric.protos.common.ConfigUpdate;
import org.hyperledger.fabric.protos.common.ConfigUpdateEnvelope;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.SignatureHeader;

/**
 * What a configuration update makes of a channel's configuration, and who may make it.
 *
 * <p>An update has a read set (elements and the versions that they must have now) and a write set.
 * Those elements of the write set count whose version is not the one in the read set. An element
 * that exists must get the version after its own, and its own policy must be satisfied by those who
 * signed the update; a new one must have version 0, and the group that it appears in changes too.
 * All is decided by the current configuration, and refused with a reason, in the words of Fabric.
 */
public final class ConfigUpdates {
  private static final String MALFORMED = "proto: cannot parse invalid wire-format data";

  private ConfigUpdates() {}

  /**
   * Applies an update.
   *
   * @param update an envelope with a configuration update; its own signature is not looked at
   * @return the next configuration, with the update in it
   * @throws RefusedException if it is malformed, out of date, not allowed, or makes a configuration
   *     that is not valid
   */
  public static Proposal propose(ChannelConfig current, Envelope update) throws RefusedException {
    ConfigUpdateEnvelope signed;
    try {
      signed = parse(update);
    } catch (RefusedException e) {
      throw new RefusedException(
          "error converting envelope to config update: " + e.getMessage(), e);
    }
    ConfigGroup group;
    try {
      group = authorized(current, signed);
    } catch (RefusedException e) {
      throw new RefusedException("error authorizing update: " + e.getMessage(), e);
    }
    Config config =
        Config.newBuilder().setSequence(current.sequence() + 1).setChannelGroup(group).build();
    ChannelConfig next = ChannelConfig.of(current.channelId(), config);
    current.requireMayBecome(next);
    return new Proposal(
        ConfigEnvelope.newBuilder().setConfig(config).setLastUpdate(update).build(), next);
  }

  /**
   * What comes of an update.
   *
   * @param envelope as it goes into the block
   * @param next the configuration after it
   */
  public record Proposal(ConfigEnvelope envelope, ChannelConfig next) {}

  private static ConfigUpdateEnvelope parse(Envelope update) throws RefusedException {
    Payload payload;
    ChannelHeader header;
    try {
      payload = Payload.parseFrom(update.getPayload());
      header = ChannelHeader.parseFrom(payload.getHeader().getChannelHeader());
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("envelope must have a Header", e);
    }
    if (header.getType() != HeaderType.CONFIG_UPDATE_VALUE) {
      throw new RefusedException(
          "invalid type " + header.getType() + ", expected " + HeaderType.CONFIG_UPDATE);
    }
    try {
      return ConfigUpdateEnvelope.parseFrom(payload.getData());
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException(
          "error unmarshalling message for type CONFIG_UPDATE: " + MALFORMED, e);
    }
  }

  private static ConfigGroup authorized(ChannelConfig current, ConfigUpdateEnvelope signed)
      throws RefusedException {
    ConfigUpdate update;
    try {
      update = ConfigUpdate.parseFrom(signed.getConfigUpdate());
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("error unmarshalling ConfigUpdate: " + MALFORMED, e);
    }
    if (!update.getChannelId().equals(current.channelId())) {
      throw new RefusedException(
          String.format(
              "ConfigUpdate for channel '%s' but envelope for channel '%s'",
              update.getChannelId(), current.channelId()));
    }
    Map<String, ConfigElement> now = ConfigElement.all(current.config().getChannelGroup());
    Map<String, ConfigElement> read =
        elements("ReadSet", update.hasReadSet() ? update.getReadSet() : null);
    Map<String, ConfigElement> write =
        elements("WriteSet", update.hasWriteSet() ? update.getWriteSet() : null);
    requireRead(now, read);
    Map<String, ConfigElement> delta = delta(read, write);
    List<SignedData> signatures = signatures(signed);
    try {
      requireVersions(now, delta);
      // Last, since to check signatures is what costs time.
      requireConsent(current.policies(), now, delta, Signers.of(signatures, current.msps()));
    } catch (RefusedException e) {
      throw new RefusedException("error validating DeltaSet: " + e.getMessage(), e);
    }
    Map<String, ConfigElement> next = new TreeMap<>(now);
    next.putAll(delta);
    ConfigGroup group = ConfigElement.assemble(next);
    // A new element needs nobody's consent, since the group that takes it in does. Without that
    // group's change it would not be there, and the update would be one of nothing that anybody
    // could make.
    Map<String, ConfigElement> there = ConfigElement.all(group);
    for (String key : delta.keySet()) {
      if (!there.containsKey(key)) {
        throw new RefusedException(
            "writeset contained key " + key + " which did not appear in proposed config");
      }
    }
    return group;
  }

  private static Map<String, ConfigElement> elements(String what, ConfigGroup groupOrNull)
      throws RefusedException {
    if (groupOrNull == null) {
      return Map.of();
    }
    try {
      return ConfigElement.all(groupOrNull);
    } catch (RefusedException e) {
      throw new RefusedException("error mapping " + what + ": " + e.getMessage(), e);
    }
  }

  private static void requireRead(Map<String, ConfigElement> now, Map<String, ConfigElement> read)
      throws RefusedException {
    for (ConfigElement wanted : read.values()) {
      ConfigElement element = now.get(wanted.key());
      if (element == null) {
        throw new RefusedException(
            "error validating ReadSet: existing config does not contain element for "
                + wanted.key()
                + " but was in the read set");
      }
      if (element.version() != wanted.version()) {
        throw new RefusedException(
            String.format(
                "error validating ReadSet: proposed update requires that key %s be at version %s,"
                    + " but it is currently at version %s",
                wanted.key(),
                Long.toUnsignedString(wanted.version()),
                Long.toUnsignedString(element.version())));
      }
    }
  }

  private static Map<String, ConfigElement> delta(
      Map<String, ConfigElement> read, Map<String, ConfigElement> write) {
    Map<String, ConfigElement> delta = new TreeMap<>();
    for (ConfigElement written : write.values()) {
      ConfigElement before = read.get(written.key());
      if (before == null || before.version() != written.version()) {
        delta.put(written.key(), written);
      }
    }
    return delta;
  }

  private static List<SignedData> signatures(ConfigUpdateEnvelope signed) throws RefusedException {
    List<SignedData> signatures = new ArrayList<>();
    for (ConfigSignature signature :
        signed
            .getSignaturesList()
            .subList(0, Math.min(signed.getSignaturesCount(), Signers.MAX_SIGNATURES))) {
      ByteString creator;
      try {
        creator = SignatureHeader.parseFrom(signature.getSignatureHeader()).getCreator();
      } catch (InvalidProtocolBufferException e) {
        throw new RefusedException("error unmarshalling SignatureHeader: " + MALFORMED, e);
      }
      signatures.add(
          new SignedData(
              signature.getSignatureHeader().concat(signed.getConfigUpdate()).toByteArray(),
              creator,
              signature.getSignature()));
    }
    return signatures;
  }

  private static void requireVersions(
      Map<String, ConfigElement> now, Map<String, ConfigElement> delta) throws RefusedException {
    if (delta.isEmpty()) {
      throw new RefusedException("delta set was empty -- update would have no effect");
    }
    for (ConfigElement change : delta.values()) {
      requireModPolicy(change);
      ConfigElement before = now.get(change.key());
      if (before == null) {
        requireVersion(
            change, 0, "attempted to set key %s to version %s, but key does not exist", 0);
      } else {
        requireVersion(
            change,
            before.version() + 1,
            "attempt to set key %s to version %s, but key is at version %s",
            before.version());
      }
    }
  }

  private static void requireConsent(
      PolicyTree policies,
      Map<String, ConfigElement> now,
      Map<String, ConfigElement> delta,
      List<Identity> signers)
      throws RefusedException {
    for (String key : delta.keySet()) {
      ConfigElement before = now.get(key);
      if (before == null) {
        continue;
      }
      Policy policy = policyOrNull(policies, before);
      if (policy == null) {
        throw new RefusedException(
            "unexpected missing policy " + before.modPolicy() + " for item " + key);
      }
      String refusal = policy.refusalOrNull(signers);
      if (refusal != null) {
        throw new RefusedException("policy for " + key + " not satisfied: " + refusal);
      }
    }
  }

  private static void requireVersion(ConfigElement change, long due, String refusal, long current)
      throws RefusedException {
    if (change.version() != due) {
      throw new RefusedException(
          String.format(
              refusal,
              change.key(),
              Long.toUnsignedString(change.version()),
              Long.toUnsignedString(current)));
    }
  }

  private static void requireModPolicy(ConfigElement change) throws RefusedException {
    String policy = change.modPolicy();
    String refusal = "invalid mod_policy for element " + change.key() + ": ";
    if (policy.isEmpty()) {
      throw new RefusedException(refusal + "mod_policy not set");
    }
    String relative = policy.charAt(0) == PolicyTree.SEPARATOR ? policy.substring(1) : policy;
    for (String name : relative.split(String.valueOf(PolicyTree.SEPARATOR), -1)) {
      if (!ConfigElement.isName(name)) {
        throw new RefusedException(refusal + "path element '" + name + "' is invalid");
      }
    }
  }

  /**
   * The policy that an element names: from the channel if it starts with a separator, else from the
   * group that the element is in, or that it is.
   */
  private static Policy policyOrNull(PolicyTree policies, ConfigElement element) {
    String name = element.modPolicy();
    if (name.isEmpty()) {
      return null;
    }
    PolicyTree at = policies;
    if (name.charAt(0) != PolicyTree.SEPARATOR && !element.path().isEmpty()) {
      List<String> path = new ArrayList<>(element.path().subList(1, element.path().size()));
      if (element.isGroup()) {
        path.add(element.name());
      }
      for (String group : path) {
        at = at == null ? null : at.groupOrNull(group);
      }
    }
    return at == null ? null : at.policyOrNull(name);
  }
}
