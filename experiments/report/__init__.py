"""From result folders to a paper for the committee: HTML, Word, PDF and a workbook."""
