/** The word that only `node` may be promoted, as crm-fence-peer.9.sh of drbd-utils writes it: its expressions have a number. */
export function onlyOn(node: string): string {
  return `<rsc_location rsc="replica" id="drbd-fence-by-handler-state-replica">
  <rule role="Promoted" score="-INFINITY" id="drbd-fence-by-handler-state-rule-replica">
    <expression attribute="#uname" operation="ne" value="${node}" id="drbd-fence-by-handler-state-expr-0-replica"/>
  </rule>
</rsc_location>`;
}
