package dev.lockstep.fabric.policy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.msp.Identity;
import dev.lockstep.fabric.msp.MspManager;
import java.util.ArrayList;
import java.util.List;
import org.hyperledger.fabric.protos.common.MSPPrincipal;
import org.hyperledger.fabric.protos.common.SignaturePolicy;
import org.hyperledger.fabric.protos.common.SignaturePolicyEnvelope;

/**
 * Policies that say themselves who has to sign: so many out of these rules, where a rule is a
 * principal or again so many out of others. A signer is used for one principal only, and the first
 * one that fits is taken; so the order of rules and of signers matters, as it does at the peers.
 */
final class SignaturePolicies {
  private static final int MAX_RULES = 4096;
  private static final int MAX_DEPTH = 32;

  private final MspManager msps;
  private final List<MSPPrincipal> principals;
  private int rules;

  private SignaturePolicies(MspManager msps, List<MSPPrincipal> principals) {
    this.msps = msps;
    this.principals = principals;
  }

  /** Marks the signers that it uses. */
  private interface Rule {
    boolean isMet(List<Identity> signers, boolean[] used);
  }

  static Policy of(ByteString bytes, MspManager msps) throws RefusedException {
    SignaturePolicyEnvelope envelope;
    try {
      envelope = SignaturePolicyEnvelope.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("the signature policy is malformed", e);
    }
    if (envelope.getVersion() != 0) {
      throw new RefusedException(
          "signature policies have version 0 and not " + envelope.getVersion());
    }
    Rule rule =
        new SignaturePolicies(msps, envelope.getIdentitiesList())
            .compile(envelope.getRule(), MAX_DEPTH);
    return signers ->
        rule.isMet(signers, new boolean[signers.size()])
            ? null
            : "signature set did not satisfy policy";
  }

  private Rule compile(SignaturePolicy policy, int depth) throws RefusedException {
    if (++rules > MAX_RULES || depth == 0) {
      throw new RefusedException("the signature policy has too many rules");
    }
    return switch (policy.getTypeCase()) {
      case SIGNED_BY -> signedBy(policy.getSignedBy());
      case N_OUT_OF -> outOf(policy.getNOutOf(), depth);
      case TYPE_NOT_SET -> throw new RefusedException("the signature policy has an empty rule");
    };
  }

  private Rule signedBy(int index) throws RefusedException {
    if (index < 0 || index >= principals.size()) {
      throw new RefusedException("the signature policy names a principal that it does not have");
    }
    MSPPrincipal principal = principals.get(index);
    return (signers, used) -> {
      for (int i = 0; i < used.length; i++) {
        if (!used[i] && msps.satisfies(signers.get(i), principal)) {
          used[i] = true;
          return true;
        }
      }
      return false;
    };
  }

  private Rule outOf(SignaturePolicy.NOutOf policy, int depth) throws RefusedException {
    List<Rule> parts = new ArrayList<>();
    for (SignaturePolicy part : policy.getRulesList()) {
      parts.add(compile(part, depth - 1));
    }
    return (signers, used) -> {
      int met = 0;
      for (Rule part : parts) {
        boolean[] tried = used.clone();
        if (part.isMet(signers, tried)) {
          System.arraycopy(tried, 0, used, 0, used.length);
          met++;
        }
      }
      return met >= policy.getN();
    };
  }
}
