"""From a log to a diagnosis: bytes, lines, facts and claims, a timeline, rules, one ranking.

``reading`` opens whatever a log comes as, ``scanning`` finds the lines that can matter, ``lines`` takes them apart,
``patterns`` turn them into facts, ``claims`` reads what a person wrote between them, ``timeline`` follows the service,
``rules`` draw conclusions, ``ranking`` tells causes from their consequences, ``redaction`` keeps secrets in.
"""
